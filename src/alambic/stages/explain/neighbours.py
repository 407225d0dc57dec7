"""Texts as one vector each, as a model reads them within, and the training examples that are near."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from alambic.models.description import family
from alambic.models.padding import padded
from alambic.models.text_tokens import cut
from alambic.stages.explain.explained import TOKENS_AT_ONCE, Explained
from alambic.tasks.examples import Example


@dataclass(frozen=True)
class Neighbour:
    """A training example, and how alike it is: the cosine of the two vectors."""

    example: Example
    similarity: float


@torch.inference_mode()
def vectors_of_texts(explained: Explained, texts: Sequence[str]) -> np.ndarray:
    """Read the beginning of each text; give the mean of its tokens' last states, of length 1: (texts, width)."""
    model, pad = explained.model, explained.tokenizer.pad_token_id
    windows = cut(explained.tokenizer, texts, longest=explained.tokenizer.model_max_length)
    rows = {window.text: window.ids.tolist() or [pad] for window in windows if not window.first}
    longest = max(map(len, rows.values()), default=1)
    size = max(1, TOKENS_AT_ONCE[model.device.type] // longest)
    ordered = sorted(rows, key=lambda number: len(rows[number]))
    found: dict[int, Tensor] = {}
    for start in range(0, len(ordered), size):
        some = ordered[start : start + size]
        inputs = padded([rows[number] for number in some], fill=pad, device=model.device)
        states, mask = _states(model, inputs), inputs["attention_mask"][:, :, None]
        found |= zip(some, normalize((states * mask).sum(dim=1) / mask.sum(dim=1), dim=-1).cpu(), strict=True)
    return torch.stack([found[number] for number in range(len(texts))]).numpy() if texts else np.zeros((0, 1))


def _states(model: Any, inputs: dict[str, Tensor]) -> Tensor:
    """Give the last states of a model's reader, (texts, tokens, width)."""
    reader = model.get_encoder() if family(model.config) == "encoder-decoder" else model.base_model
    states: Tensor = reader(**inputs).last_hidden_state.float()
    return states
