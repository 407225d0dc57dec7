"""How likely a model that writes finds one text after another: as the field's harnesses of evaluation compute it.

For a causal model the two texts are tokenized as one, without special tokens; what follows the tokens of the first is
of the second. An encoder-decoder model reads the first and is asked how likely it would write the second.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.models.padding import padded
from alambic.models.text_tokens import cut, tokenize
from alambic.tasks.head import LabelledWindow
from alambic.tasks.heads._passages import NOT_COUNTED, Passage, SourceTargetBatch

log = logging.getLogger("alambic.tasks")

ROWS_AT_ONCE = {"cpu": 16, "cuda": 128}


@dataclass(frozen=True)
class Continuation:
    """The tokens of a text and of what continues it."""

    ids: list[int]
    own: int  # how many of them, at the end, continue the text

    def __len__(self) -> int:
        return len(self.ids)


def continuations(tokenizer: Any, texts: Sequence[tuple[str, str]], *, longest: int) -> list[Continuation | None]:
    """Tokenize pairs of a text and what continues it; of what is too long the beginning is not read, and told.

    None where what continues has no token, or leaves no room for any token before it.
    """
    rows: list[Continuation | None] = []
    cut = 0
    read = tokenize(tokenizer, [before + after for before, after in texts])
    for (before, _), tokens in zip(texts, read, strict=True):
        own = int((tokens.ends > len(before)).sum())
        ids = tokens.ids.tolist()
        cut += len(ids) > longest
        rows.append(Continuation(ids[-longest:], min(own, len(ids) - 1)) if 0 < own < longest else None)
    if cut:
        log.warning("%d of %d texts have more than %d tokens: their beginnings are not read", cut, len(rows), longest)
    return rows


def source_targets(tokenizer: Any, texts: Sequence[tuple[str, str]], *, longest: int) -> list[Passage | None]:
    """Tokenize pairs of a text and what is written for it; of what is too long the end is not read, and told.

    None where what is written has no token, or more than there is room for.
    """
    windows = cut(tokenizer, [text for text, _ in texts], longest=longest)
    sources = [window.ids.tolist() for window in windows if not window.first]
    written = [tokens.ids.tolist() for tokens in tokenize(tokenizer, [text for _, text in texts])]
    if long := len({window.text for window in windows if window.first}):
        log.warning("%d of %d texts have more than %d tokens: their ends are not read", long, len(texts), longest)
    return [
        Passage(number, source, ids) if 0 < len(ids) < longest else None
        for number, (source, ids) in enumerate(zip(sources, written, strict=True))
    ]


def rows_of_targets(rows: Sequence[Passage], pad_id: int, start: int) -> dict[str, Tensor]:
    """Stack them as `SourceTargetBatch` does; `start` is the token behind which a decoder writes."""
    return SourceTargetBatch(pad_id, start)([LabelledWindow(row, np.zeros((1, 0), np.float32)) for row in rows])


def rows_of_continuations(rows: Sequence[Continuation], pad_id: int) -> dict[str, Tensor]:
    """Stack `input_ids`, `attention_mask` and `own`, which marks the tokens that continue: each (rows, tokens)."""
    inputs = padded([row.ids for row in rows], fill=pad_id)
    places = np.arange(inputs["input_ids"].shape[1])
    ends, own = np.array([len(row) for row in rows])[:, None], np.array([row.own for row in rows])[:, None]
    return {**inputs, "own": torch.from_numpy((places >= ends - own) & (places < ends))}


def log_likelihoods(model: Any, rows: dict[str, Tensor]) -> Tensor:
    """Sum the log-probabilities of the tokens of each second text, each after those before it: (rows,).

    `rows` are continuations, in which `own` (rows, tokens) marks these tokens, or targets, of which they are `labels`.
    """
    if "labels" in rows:
        inputs = {name: values for name, values in rows.items() if name != "labels"}
        return _summed(model(**inputs).logits.float(), rows["labels"], rows["labels"] != NOT_COUNTED)
    first = int(rows["own"].any(dim=0).nonzero()[0])  # only from the token before it on are logits computed
    of_all = {"input_ids": rows["input_ids"], "attention_mask": rows["attention_mask"]}
    logits = model(**of_all, logits_to_keep=rows["own"].shape[1] - first + 1).logits[:, :-1].float()
    return _summed(logits, rows["input_ids"][:, first:], rows["own"][:, first:])


def _summed(logits: Tensor, tokens: Tensor, counted: Tensor) -> Tensor:
    """Sum the log-probabilities of the tokens that count, (rows, tokens), by the logits at their places."""
    chosen = logits.gather(-1, tokens.clamp(min=0).unsqueeze(-1)).squeeze(-1) - logits.logsumexp(dim=-1)
    total: Tensor = (chosen * counted).sum(dim=-1)
    return total


@torch.inference_mode()
def all_log_likelihoods(model: Any, rows: Sequence[Any], stack: Callable[[Sequence[Any]], dict[str, Tensor]]) -> Tensor:
    """Give those of many rows, (rows,), on the CPU; the shortest are read first."""
    model.eval()
    found = torch.zeros(len(rows))
    ordered = sorted(range(len(rows)), key=lambda number: len(rows[number]))
    size = ROWS_AT_ONCE[model.device.type]
    for start in range(0, len(ordered), size):
        some = ordered[start : start + size]
        inputs = stack([rows[number] for number in some])
        placed = {name: values.to(model.device) for name, values in inputs.items()}
        found[some] = log_likelihoods(model, placed).cpu()
    return found
