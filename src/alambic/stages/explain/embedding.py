"""The embeddings of what a model reads, on the way from a text with all words hidden to the text itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.models.description import family


@dataclass
class Path:
    """Embeddings (rows, tokens, width) at its end, at its beginning, and where the model reads."""

    embeddings: Tensor
    hidden: Tensor
    point: Tensor


@contextmanager
def path_from_hidden(model: Any, hidden: Sequence[np.ndarray], shares: Sequence[float]) -> Iterator[Path]:
    """Have the next reading of a batch start from a point on the way, of each row at its share; `hidden` (tokens,).

    Only what is read first counts: an encoder-decoder model may look up what it writes in the same table.
    """
    table = embeddings_of(model)
    nothing = torch.zeros(0)
    path = Path(nothing, nothing, nothing)

    def move(module: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        if path.point is not nothing:
            return None
        ids = inputs[0].clone().view(len(hidden), -1)
        for row, of_row in enumerate(hidden):
            ids[row, : len(of_row)] = torch.from_numpy(of_row).to(ids.device)
        path.point = output  # so that the table does not move itself
        path.hidden = module(ids).detach()
        path.embeddings = output.detach()
        share = torch.tensor(shares, device=output.device, dtype=output.dtype)[:, None, None]
        path.point = (path.hidden + share * (path.embeddings - path.hidden)).requires_grad_()
        return path.point

    handle = table.register_forward_hook(move)
    try:
        yield path
    finally:
        handle.remove()


def embeddings_of(model: Any) -> Any:
    """Give the module that turns the tokens of a text into vectors."""
    reader = model.get_encoder() if family(model.config) == "encoder-decoder" else model
    return reader.get_input_embeddings()
