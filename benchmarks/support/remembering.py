"""A causal teacher that reads each text once, however many stores are captured from it.

benchmarks/distill/store.py and longer_pieces.py use it.

Only its last states are kept (width x 4 bytes a token): its logits are computed anew each time, as without it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM


class Remembering:
    """The forward of a causal model's layers, right-padded texts in, that keeps the last states of every text."""

    def __init__(self, forward: Callable[..., Any]) -> None:
        self.forward = forward
        self.known: dict[tuple[int, ...], Tensor] = {}  # ids -> (tokens, width)

    @torch.no_grad()
    def __call__(self, input_ids: Tensor, attention_mask: Tensor, **_: Any) -> SimpleNamespace:
        """Give `last_hidden_state` (texts, tokens, width), zero where there is padding."""
        sizes = attention_mask.sum(1).tolist()
        texts = [tuple(row[:size].tolist()) for row, size in zip(input_ids, sizes, strict=True)]
        if new := [row for row, text in enumerate(texts) if text not in self.known]:
            read = self.forward(input_ids=input_ids[new], attention_mask=attention_mask[new], use_cache=False)
            for row, states in zip(new, read.last_hidden_state, strict=True):
                self.known[texts[row]] = states[: sizes[row]].clone()
        found = [self.known[text] for text in texts]
        return SimpleNamespace(last_hidden_state=nn.utils.rnn.pad_sequence(found, batch_first=True))


@contextmanager
def reading_once(folder: Path) -> Iterator[None]:
    """Let whoever opens the model in `folder` have the same one, which remembers."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval().requires_grad_(False)
    model.base_model.forward = Remembering(model.base_model.forward)
    opened = AutoModelForCausalLM.from_pretrained

    def open_model(path: Any, *arguments: Any, **options: Any) -> Any:
        return model if Path(path) == folder else opened(path, *arguments, **options)

    with patch.object(AutoModelForCausalLM, "from_pretrained", open_model):
        yield
