"""How every tokenizer, configuration and model is opened: from files of this machine, and without code of others.

What transformers would otherwise do with a folder that brings Python code is to ask on the standard input; and a layer
that the weights do not hold it draws at random. Here each is an error of the user's, which names the folder.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoTokenizer, PretrainedConfig

from alambic.data.model_checks import check_files, check_weights
from alambic.errors import UserError
from alambic.models.library_errors import opening_named

NOT_IN_FINGERPRINT = "what is refused of a model's folder; what is opened of it is the same"

POOLER = "pooler"  # which distillation does without: transformers draws one where it is missing


def open_config(folder: Path) -> PretrainedConfig:
    """Open the configuration of the model in `folder`; UserError where there is none that transformers opens."""
    check_files(folder)
    with opening_named(folder, "configuration"):
        config: PretrainedConfig = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    return config


def open_tokenizer(folder: Path, **options: Any) -> Any:
    """Open the tokenizer in `folder`; UserError where there is none that transformers opens."""
    check_files(folder)
    with opening_named(folder, "tokenizer"):
        return AutoTokenizer.from_pretrained(folder, **options, trust_remote_code=False, local_files_only=True)


def open_model(auto_model: Any, folder: Path, *, output_loading_info: bool = False, **options: Any) -> Any:
    """Open the model in `folder` by a class of transformers such as AutoModel; pickles are not opened.

    UserError where the weights are no weights, are of other sizes than the configuration says, or lack a layer. Who
    asks for the loading info, and gets (model, info), answers for the layers that follow the base model.
    """
    check_files(folder)
    if "gguf_file" not in options:
        check_weights(folder)
    with opening_named(folder, "model"):
        opened = auto_model.from_pretrained(
            folder,
            **options,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    model, info = opened
    check_complete(folder, model, info["missing_keys"], head=not output_loading_info)
    return opened if output_loading_info else model


def check_complete(folder: Path, model: Any, missing: Iterator[str] | set[str], *, head: bool) -> None:
    """Refuse a model some of whose layers its weights do not hold; UserError with their names.

    `head`: the layers that follow the base model count too.
    """
    prefix = f"{model.base_model_prefix}." if model.base_model is not model else ""
    lost = sorted(name for name in missing if POOLER not in name and (head or name.startswith(prefix)))
    if lost:
        raise UserError(
            f"{folder}: its weights have no {', '.join(lost[:3])}{'...' if len(lost) > 3 else ''}, which a "
            f"{type(model).__name__} of its configuration has: bring config.json and the weights again, from one "
            "place, or take a model of the kind that is needed"
        )
