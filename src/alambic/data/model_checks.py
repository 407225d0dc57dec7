"""Whether the files of a model's folder hold what their names say, told without opening the model.

An interrupted download, a pointer of Git LFS, the page of a proxy: each is one error that names the file.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from alambic.data.model_files import needed
from alambic.errors import UserError, truncated

NOT_IN_FINGERPRINT = "what is refused of a model's folder; what is opened of it is the same"

WHOLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
LARGEST_JSON = 1 << 28  # bytes; the largest tokenizers have a tenth of it
# Files that may name code of the model's own, and the keys that do.
SAYS_CODE = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
)
CODE = ("auto_map", "custom_pipelines", "custom_generate")
ATTENTION = ("attn_implementation", "_attn_implementation", "experts_implementation")  # a name with / is code of a hub
# Of a configuration, whatever its type: whole numbers of at least 1.
COUNTS = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "n_positions",
    "d_model",
    "d_ff",
    "num_layers",
    "n_layer",
    "n_head",
    "n_embd",
)
LARGEST = 1 << 31
PLAINLY = (
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file: run `git lfs pull` where it comes from"),
    *((sign, "a page of a web site in place of the file") for sign in (b"<!doctype", b"<html", b"<?xml")),
    (b"pk\x03\x04", "a ZIP archive or a pickle of PyTorch"),
    (b"gguf", "a GGUF file"),
)


def check_files(folder: Path) -> None:
    """Refuse a folder whose files are not what their names say, or that wants code of its own; UserError."""
    if not folder.is_dir():
        raise UserError(f"{folder} is missing: expected the folder of a model or a tokenizer")
    for name in needed(path.name for path in folder.iterdir() if path.is_file()):
        if name.endswith((".json", ".model", ".jinja", ".txt")):
            check_begin(folder / name)
    check_no_code(folder)
    if (folder / "config.json").exists():
        _check_config(folder / "config.json")
    if (folder / "tokenizer_config.json").exists():
        _check_longest(folder / "tokenizer_config.json")


def check_no_code(folder: Path) -> None:
    """Refuse a model that wants Python code of its own to be run; UserError with the file and what it names."""
    for path in [folder / name for name in SAYS_CODE if (folder / name).is_file()]:
        for key, value in _items(read_object(path)):
            is_kernel = key in ATTENTION and "/" in str(value)
            if (key in CODE and value) or is_kernel:
                raise UserError(
                    f"{path}: the model wants code of its own ({key}: {_shown(value)}), and no model's code is run: "
                    "take a model of a type that transformers has; where this one's type is such, fetch from a copy "
                    f"of its folder without `{key}`"
                )


def check_weights(folder: Path) -> dict[str, list[int]]:
    """Give the shape of each tensor of the folder's weights; UserError for a file that is no safetensors file.

    UserError too where the index names a file that is not there, or a tensor that its file does not have.
    """
    placed = _placed(folder)
    shapes: dict[str, list[int]] = {}
    for path in weight_files(folder):
        found = _shapes(path)
        for name in (name for name, file in placed.items() if file == path.name):
            if name not in found:
                raise UserError(
                    f"{folder / INDEX} places {name} in {path.name}, which does not hold it: bring both again"
                )
        shapes |= found
    return shapes


def weight_files(folder: Path) -> list[Path]:
    """List the files of the folder's weights, and no other that lies there; UserError where one is missing."""
    parts = sorted(set(_placed(folder).values()))
    for part in parts:
        if Path(part).name != part or not (folder / part).is_file():
            raise UserError(
                f"{folder / INDEX} names '{part}', which is not in the folder: bring all parts of the weights"
            )
    return [folder / part for part in parts] or [folder / WHOLE]


def _placed(folder: Path) -> dict[str, str]:
    """Give the file of each tensor, as the index of the weights says it; empty where they are one file."""
    index = folder / INDEX
    if (folder / WHOLE).exists():
        return {}
    if not index.exists():
        raise UserError(f"{folder} has no weights: expected {WHOLE}, or its parts and {INDEX}{_lead(folder)}")
    placed = read_object(index).get("weight_map")
    if not isinstance(placed, dict) or not placed or not all(isinstance(part, str) for part in placed.values()):
        raise UserError(f"{index} is damaged: expected a weight_map from tensors to files: bring it again")
    return placed


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object; UserError where the file is none."""
    check_begin(path)
    if path.stat().st_size > LARGEST_JSON:
        raise UserError(f"{path} has {path.stat().st_size:,} bytes: no configuration is so large; bring it again")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged ({error}): expected a JSON object; bring it again") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} is damaged: expected a JSON object, found {_shown(content)}; bring it again")
    return content


def check_begin(path: Path, *, may_be: str = "") -> None:
    """Refuse a file that plainly is something else than its name says, or nothing; UserError with the remedy."""
    with path.open("rb") as stream:
        begin = stream.read(64)
    if not begin:
        raise UserError(f"{path} is empty: the download stopped, or the disk was full; bring it again")
    for sign, kind in PLAINLY:
        if begin.lstrip().lower().startswith(sign) and not (may_be and may_be in kind):
            raise UserError(f"{path} is {kind}; bring the file itself")


def _check_config(path: Path) -> None:
    """Refuse sizes that no model has."""
    for key, value in _items(read_object(path)):
        if key in COUNTS and value is not None:
            for number in value if isinstance(value, list) and value else [value]:
                whole = isinstance(number, int) and not isinstance(number, bool)
                if not whole or not 1 <= number < LARGEST:
                    raise UserError(f"{path}: {key}: {_shown(value)}: expected a number of 1 or more; bring it again")
        elif isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{path}: {key}: {value}: expected a finite number; bring it again")


def _check_longest(path: Path) -> None:
    """Refuse a length of texts that is none; a tokenizer without a limit has none, null, or a very large one."""
    longest = read_object(path).get("model_max_length")
    if longest is None:
        return
    number = isinstance(longest, int | float) and not isinstance(longest, bool)
    if not number or not math.isfinite(longest) or longest < 1 or longest != int(longest):
        raise UserError(
            f"{path}: model_max_length: {_shown(longest)}: expected a whole number of tokens, or null where there is "
            "no limit; bring it again"
        )


def _items(content: Any) -> Iterator[tuple[str, Any]]:
    """Give each key of a JSON value with what it holds, whatever it lies in."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value.items()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _shapes(path: Path) -> dict[str, list[int]]:
    """Read the shapes of a safetensors file's tensors from its header, which is checked against the file's length."""
    check_begin(path)
    try:
        with safe_open(path, framework="numpy") as tensors:
            return {name: tensors.get_slice(name).get_shape() for name in tensors.keys()}  # noqa: SIM118
    except SafetensorError as error:
        size = path.stat().st_size
        raise UserError(
            f"{path} ({size:,} bytes) is no whole safetensors file ({error}): the download stopped, "
            "or the file is another; bring it again"
        ) from error


def _lead(folder: Path) -> str:
    """Say what the folder holds instead of weights."""
    if (folder / "adapter_config.json").exists():
        return "; it is an adapter alone: merge it into its model, and give the folder of that"
    if list(folder.glob("model-*-of-*.safetensors")):
        return "; the parts are there without their index: bring it"
    return ""


def _shown(value: Any) -> str:
    return truncated(json.dumps(value, ensure_ascii=False, default=str), 100)
