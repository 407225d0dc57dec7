"""Weights in old formats, made safetensors."""

import logging
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors.torch import save_file

from alambic.data.model_checks import check_begin
from alambic.errors import UserError

log = logging.getLogger("alambic.stages.fetch")

PICKLES = "pytorch_model*.bin"


def keep_safetensors(folder: Path) -> None:
    """Convert pickled weights where there are no others, without running what a pickle asks for; then remove them."""
    pickles = sorted(folder.glob(PICKLES))
    if pickles and not list(folder.glob("*.safetensors")):
        log.info("converting %d pickled file(s) to safetensors", len(pickles))
        weights: dict[str, torch.Tensor] = {}
        for path in pickles:
            weights |= _tensors(path)
        # Tied tensors share memory in a pickle, which safetensors refuses.
        plain = {name: value.clone().contiguous() for name, value in sorted(weights.items())}
        save_file(plain, folder / "model.safetensors", metadata={"format": "pt"})
    for path in [*pickles, *folder.glob("pytorch_model*.index.json")]:
        path.unlink()


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a pickle; UserError where it holds anything else, or is none."""
    check_begin(path, may_be="pickle")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, ValueError, EOFError, KeyError, AttributeError, TypeError) as error:
        line = next(iter(str(error).splitlines()), "")
        raise UserError(
            f"{path} is no pickle of tensors alone ({type(error).__name__}: {line[:200]}): the download stopped, or it "
            "asks for code to be run, which nothing here does; take a revision with safetensors"
        ) from error
    if not isinstance(content, dict) or not all(isinstance(value, torch.Tensor) for value in content.values()):
        raise UserError(f"{path}: expected tensors by name, found a {type(content).__name__} of other things")
    return content
