"""Weights in old formats, made safetensors."""

import logging
from pathlib import Path

import torch
from safetensors.torch import save_file

log = logging.getLogger("alambic.stages.fetch")

PICKLES = "pytorch_model*.bin"


def keep_safetensors(folder: Path) -> None:
    """Convert pickled weights where there are no others, without running what a pickle asks for; then remove them."""
    pickles = sorted(folder.glob(PICKLES))
    if pickles and not list(folder.glob("*.safetensors")):
        log.info("converting %d pickled file(s) to safetensors", len(pickles))
        weights: dict[str, torch.Tensor] = {}
        for path in pickles:
            weights |= torch.load(path, map_location="cpu", weights_only=True)
        # Tied tensors share memory in a pickle, which safetensors refuses.
        plain = {name: value.clone().contiguous() for name, value in sorted(weights.items())}
        save_file(plain, folder / "model.safetensors", metadata={"format": "pt"})
    for path in [*pickles, *folder.glob("pytorch_model*.index.json")]:
        path.unlink()
