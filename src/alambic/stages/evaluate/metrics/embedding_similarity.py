"""How near the tokens of a written text are to those of the reference, as an encoder reads both: BERTScore's F1.

After Zhang et al. (2020, arXiv 1904.09675): each token is matched with the likest one of the other text, by the cosine
of their states in the last layer. Precision is the mean over what was written, recall over the reference, and F1 joins
them. There is no weighting by rarity and no rescaling, so that even texts that share nothing have a high score: compare
systems, by one encoder (`scorer` of the task). It hardly sees a negation, nor another number. A text longer than the
encoder reads is read in windows; one without tokens has 0. The mean over texts.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel

from alambic.errors import UserError
from alambic.models.description import family
from alambic.models.device import device_of
from alambic.models.opening import open_config, open_model, open_tokenizer
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.models.text_tokens import cut, with_padding
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources

READS = "sources"
HEADS = ("text_generation",)
SCORER = True  # it needs an encoder

AT_ONCE = 16  # windows
PAIRS_AT_ONCE = 64  # texts and references whose tokens are held


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare texts with references; counts are (F1, 1). UserError without an encoder, or for another model."""
    if sources.scorer is None:
        raise UserError("embedding_similarity: no encoder: give the task `scorer`, a model of fetch, adapt or distill")
    values: list[float] = []
    for start in range(0, len(gold), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        states = _states(sources.scorer, [*gold[some], *predicted[some]])
        half = len(states) // 2
        values += [_f1(right, written) for right, written in zip(states[:half], states[half:], strict=True)]
    counts = np.stack([np.array(values), np.ones(len(values))], axis=1)
    model = "/".join(sources.scorer.parts[-2:])
    return Score(
        float(combine(counts.sum(axis=0))), f"embedding_similarity|model={model}|layer=last|idf=no|rescaled=no", counts
    )


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean F1 from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def _f1(reference: Tensor, written: Tensor) -> float:
    """Match tokens (n, width) greedily; 0 where a text has none."""
    if not len(reference) or not len(written):
        return 0.0
    likeness = written @ reference.T
    precision, recall = likeness.amax(dim=1).mean().item(), likeness.amax(dim=0).mean().item()
    return max(0.0, 2 * precision * recall / (precision + recall)) if precision + recall > 0 else 0.0


@torch.inference_mode()
def _states(folder: Path, texts: Sequence[str]) -> list[Tensor]:
    """Give the states of the tokens of each text, special ones left out, of length 1: (tokens, width), on the CPU."""
    tokenizer, model, longest = _opened(folder)
    parts: list[list[Tensor]] = [[] for _ in texts]
    windows = cut(tokenizer, texts, longest=longest)
    for start in range(0, len(windows), AT_ONCE):
        some = windows[start : start + AT_ONCE]
        inputs = padded([window.ids.tolist() for window in some], fill=tokenizer.pad_token_id, device=model.device)
        for window, states in zip(some, model(**inputs).last_hidden_state.float().cpu(), strict=True):
            own = torch.from_numpy(~np.asarray(window.special, bool))
            parts[window.text].append(normalize(states[: len(own)][own], dim=-1))
    return [torch.cat(of_text) if of_text else torch.zeros(0, model.config.hidden_size) for of_text in parts]


@lru_cache(maxsize=1)  # the same for all seeds and test sets
def _opened(folder: Path) -> tuple[Any, Any, int]:
    """Open the encoder: its tokenizer, the model, and how many tokens it reads at once."""
    config: Any = open_config(folder)
    if family(config) != "encoder":
        raise UserError(f"embedding_similarity: {folder} is a model of family '{family(config)}': expected an encoder")
    tokenizer = with_padding(open_tokenizer(folder))
    model = open_model(AutoModel, folder, dtype=torch.float32).eval().to(device_of())
    return tokenizer, model, window_length(config, tokenizer)
