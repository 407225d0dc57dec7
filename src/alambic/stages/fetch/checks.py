"""Whether what an origin gave is a whole model, before any other job reads it."""

from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open
from transformers import AutoModel
from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

from alambic.data.model_checks import check_weights, read_object, weight_files
from alambic.errors import UserError
from alambic.models.opening import check_complete, open_config, open_model, open_tokenizer
from alambic.models.text_tokens import cut

NOT_IN_FINGERPRINT = "what is refused of a model's folder; what is opened of it is the same"

SAMPLE = "Œdème aigu (38,5 °C) : 漢字"  # letters that most tokenizers know, and some that few do


def check_model(folder: Path) -> None:
    """Refuse a folder that is no whole model; UserError with the file and the remedy.

    The weights are read once, for what is no number; the model itself is made without values, for its sizes.
    """
    config = open_config(folder)
    shapes = check_weights(folder)
    _check_sizes(folder, config, shapes)
    _check_tokenizer_class(folder / "tokenizer_config.json")
    tokenizer, pieces = open_tokenizer(folder), config.get_text_config().vocab_size
    _check_vocabulary(folder, tokenizer, pieces)
    _check_reads(folder, tokenizer, pieces)
    _check_shapes(folder, config)
    _check_numbers(folder)


def _check_sizes(folder: Path, config: Any, shapes: dict[str, list[int]]) -> None:
    """Refuse a configuration of another size than the weights can have, before a model of that size is made."""
    text, values = config.get_text_config(), sum(torch.Size(shape).numel() for shape in shapes.values())
    limits = {"num_hidden_layers": len(shapes), "vocab_size": values, "hidden_size": values}
    for name, most in limits.items():
        size = getattr(text, name, None)
        if not isinstance(size, int):
            raise UserError(f"{folder / 'config.json'} has no {name}: expected the configuration of a model of texts")
        if not 1 <= size <= most:
            raise UserError(
                f"{folder / 'config.json'}: {name} {size:,} does not fit the weights, of {len(shapes):,} tensors with "
                f"{values:,} values: bring both again, from one place"
            )


def _check_tokenizer_class(path: Path) -> None:
    name = read_object(path).get("tokenizer_class") if path.exists() else None
    if name is None:
        return
    known = isinstance(name, str) and (tokenizer_class_from_name(name) or hasattr(transformers, name))
    if not known:
        raise UserError(
            f"{path}: tokenizer_class {name!r} is not of transformers, so it wants code of its own, and no model's "
            "code is run: take a model with a tokenizer that transformers has"
        )


def _check_vocabulary(folder: Path, tokenizer: Any, size: int) -> None:
    """Refuse a tokenizer whose pieces have no row in the model's table; a special token may lie beyond, unused."""
    vocabulary, added = tokenizer.get_vocab(), set(tokenizer.added_tokens_decoder)
    if not set(vocabulary.values()) - added:
        raise UserError(f"{folder} has no tokenizer: expected tokenizer.json, or the files of its vocabulary")
    special = ("bos_token", "eos_token", "pad_token", "cls_token", "sep_token", "mask_token", "unk_token")
    unread = added - {vocabulary.get(getattr(tokenizer, name)) for name in special}
    beyond = sorted((number, piece) for piece, number in vocabulary.items() if number >= size and number not in unread)
    if beyond:
        number, piece = beyond[0]
        raise UserError(
            f"{folder}: the tokenizer's piece {piece!r} has the number {number:,}, and config.json says vocab_size "
            f"{size:,}: bring the tokenizer and the model again, from one place"
        )


def _check_reads(folder: Path, tokenizer: Any, size: int) -> None:
    """Read a text as every stage does, and refuse tokens around it that have no row in the model's table."""
    number = max(
        (int(ids.max()) for tokens in cut(tokenizer, [SAMPLE, ""], longest=256) if len(ids := tokens.ids)), default=0
    )
    if number >= size:
        raise UserError(
            f"{folder / 'tokenizer.json'} gives a text the piece of number {number:,}, and config.json says vocab_size "
            f"{size:,}: bring the tokenizer and the model again, from one place"
        )


def _check_shapes(folder: Path, config: Any) -> None:
    """Make the model without values, and compare it with the weights."""
    named = [getattr(transformers, str(name), None) for name in config.architectures or []]
    kind = next((found for found in named if getattr(found, "config_class", None) is type(config)), AutoModel)
    options = {"device_map": "meta", "dtype": torch.float32, "ignore_mismatched_sizes": True}
    model, info = open_model(kind, folder, output_loading_info=True, **options)
    for name, stored, expected in sorted(info["mismatched_keys"]):
        raise UserError(
            f"{folder}: its weights have {name} of {list(stored)}, config.json makes it {list(expected)}: "
            "bring both again, from one place"
        )
    check_complete(folder, model, info["missing_keys"], head=False)
    layers = config.get_text_config().num_hidden_layers
    unused = sorted(name for name in info["unexpected_keys"] if _layer(name) >= layers)
    if unused:
        raise UserError(
            f"{folder}: its weights have {unused[0]}, and config.json only {layers} layers: bring both again, from "
            "one place"
        )


def _layer(name: str) -> int:
    """Give the number of the layer that a tensor is of; -1 for one of none: "encoder.layer.3.output.bias" -> 3."""
    return next((int(part) for part in name.split(".") if part.isdecimal()), -1)


def _check_numbers(folder: Path) -> None:
    """Refuse weights that are not numbers, as a training that failed leaves them."""
    for path in weight_files(folder):
        with safe_open(path, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                values = tensors.get_tensor(name)
                if values.is_floating_point() and not torch.isfinite(values.float()).all():
                    raise UserError(
                        f"{path}: {name} holds values that are not finite: the training of this model failed; take "
                        "another, or another revision"
                    )
