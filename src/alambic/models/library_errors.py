"""What transformers and its kin raise for the files of a model, which has no common class: one error of the user's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from alambic.errors import UserError, truncated
from alambic.models.compat import is_panic

NOT_IN_FINGERPRINT = "what is refused of a model's folder; what is opened of it is the same"

FILES = {
    "configuration": "config.json",
    "tokenizer": "tokenizer.json, tokenizer_config.json and config.json",
    "model": "config.json and the weights",
}


@contextmanager
def opening_named(folder: Path, what: str) -> Iterator[None]:
    """Make what opening a folder's `what` raises a UserError that names its files.

    What the machine is to blame for passes: short memory, and the errors of the system, which have a number.
    """
    try:
        yield
    except (UserError, MemoryError, torch.OutOfMemoryError, torch.AcceleratorError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, FileNotFoundError):
            raise
        raise UserError(
            f"{folder}: transformers does not open its {what} ({_first_line(error)}): see {FILES[what]} there; bring "
            "the files again, all of one model; no model's code is run"
        ) from error


@contextmanager
def reading_named(tokenizer: Any) -> Iterator[None]:
    """Make what a tokenizer raises that cannot read a text a UserError that names its file; bugs of ours pass.

    Its library, which is in Rust, raises plain exceptions of no class, and panics, which are none of Python's.
    """
    try:
        yield
    except BaseException as error:
        if type(error) is not Exception and not is_panic(error):
            raise
        folder = getattr(tokenizer, "name_or_path", "")
        raise UserError(
            f"{Path(folder) / 'tokenizer.json'}: the tokenizer cannot read a text ({_first_line(error)}): its parts do "
            "not fit together; bring the file again, or take another model"
        ) from error


def _first_line(error: BaseException) -> str:
    """Shorten what a library says of a folder to a line."""
    if "ignore_mismatched_sizes" in str(error):
        return "config.json has other sizes than the weights"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = " ".join(lines[: 2 if lines[0].endswith(":") else 1]) if lines else ""
    shown = truncated(line, 200)
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__
