"""How every tokenizer, configuration and model is opened: from files of this machine, and without code of others.

What transformers would otherwise do with a folder that brings Python code is to ask on the standard input; and a layer
that the weights do not hold it draws at random. Here each is an error of the user's, which names the folder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer, PretrainedConfig

from alambic.data.model_checks import check_files, check_weights
from alambic.errors import UserError, truncated

NOT_IN_FINGERPRINT = "what is refused of a model's folder; what is opened of it is the same"

POOLER = "pooler"  # which distillation does without: transformers draws one where it is missing


def open_config(folder: Path) -> PretrainedConfig:
    """Open the configuration of the model in `folder`; UserError where there is none that transformers opens."""
    check_files(folder)
    with _problems_named(folder, "configuration"):
        config: PretrainedConfig = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    return config


def open_tokenizer(folder: Path, **options: Any) -> Any:
    """Open the tokenizer in `folder`; UserError where there is none that transformers opens."""
    check_files(folder)
    with _problems_named(folder, "tokenizer"):
        return AutoTokenizer.from_pretrained(folder, **options, trust_remote_code=False, local_files_only=True)


def open_model(auto_model: Any, folder: Path, *, output_loading_info: bool = False, **options: Any) -> Any:
    """Open the model in `folder` by a class of transformers such as AutoModel; pickles are not opened.

    UserError where the weights are no weights, are of other sizes than the configuration says, or lack a layer. Who
    asks for the loading info, and gets (model, info), answers for the layers that follow the base model.
    """
    check_files(folder)
    if "gguf_file" not in options:
        check_weights(folder)
    with _problems_named(folder, "model"):
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


@contextmanager
def _problems_named(folder: Path, what: str) -> Iterator[None]:
    """Make what transformers and its kin raise for a folder, which has no common class, a UserError.

    What the machine is to blame for passes: short memory, and the errors of the system, which have a number.
    """
    try:
        yield
    except (UserError, MemoryError, torch.OutOfMemoryError, torch.AcceleratorError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, FileNotFoundError):
            raise
        raise UserError(
            f"{folder}: transformers does not open its {what} ({_first_line(error)}): bring the files again, and see "
            "that config.json, the weights and the tokenizer are of one model; no model's code is run"
        ) from error


def _first_line(error: Exception) -> str:
    """Shorten what a library says of a folder to a line."""
    if "ignore_mismatched_sizes" in str(error):
        return "config.json has other sizes than the weights"
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    shown = truncated(line, 200)
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__
