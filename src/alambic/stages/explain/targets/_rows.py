"""What the kinds of answers share: batches of rows, means over rows, and where attention is read."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from alambic.models.description import family
from alambic.models.padding import padded
from alambic.stages.explain.case import Case
from alambic.stages.explain.target import owners_of, rows_of
from alambic.tasks.head import Prediction
from alambic.tasks.heads._pairs import knows_kinds

SMALLEST = 1e-30  # of a probability whose logarithm is taken

OfHead = TypeVar("OfHead")


class ReadRows(Generic[OfHead]):
    """A target of a head whose model reads the rows of each case, and nothing else."""

    is_log = True

    def __init__(self, head: OfHead, tokenizer: Any) -> None:
        self.head, self.tokenizer = head, tokenizer

    def why_not(self, model: Any) -> str:
        """Explain every model."""
        return ""

    def forward(self, model: Any, cases: Sequence[Case], **options: Any) -> Any:
        """Read all rows."""
        return model(**inputs_of_rows(model, cases, self.tokenizer.pad_token_id), **options)


def inputs_of_rows(model: Any, cases: Sequence[Case], pad_id: int) -> dict[str, Tensor]:
    """Stack rows: `input_ids`, `attention_mask`, of a model of two texts `token_type_ids`, each (rows, tokens)."""
    rows = rows_of(cases)
    inputs = padded([row.ids for row in rows], fill=pad_id, device=model.device)
    if rows[0].kinds and knows_kinds(model):
        inputs["token_type_ids"] = padded([row.kinds for row in rows], device=model.device)["input_ids"]
    return inputs


def mean_of_rows(values: Tensor, cases: Sequence[Case]) -> Tensor:
    """Take the mean over the rows of each case: (rows, k) -> (cases, k)."""
    owners = torch.tensor(owners_of(cases), device=values.device)
    summed = torch.zeros(len(cases), values.shape[1], device=values.device).index_add(0, owners, values)
    return summed / torch.bincount(owners, minlength=len(cases))[:, None]


def attended_from(outputs: Any, cases: Sequence[Case], places: Sequence[Sequence[int]]) -> list[np.ndarray]:
    """Average the last layer's attention over its heads and over `places` of each row, (n,) of each."""
    last = outputs.attentions[-1].float().mean(dim=1).cpu()  # (rows, from, to)
    pairs = enumerate(zip(rows_of(cases), places, strict=True))
    return [last[number, list(chosen), : len(row)].mean(dim=0).numpy() for number, (row, chosen) in pairs]


def pooled_places(model: Any, cases: Sequence[Case]) -> list[list[int]]:
    """Give of each row the tokens from whose states a model answers to a whole text."""
    rows = rows_of(cases)
    if family(model.config) == "causal":
        return [[len(row) - 1] for row in rows]
    if getattr(model.config, "classifier_pooling", "cls") == "mean":
        return [[*range(len(row))] for row in rows]
    return [[0] for _ in rows]


def answers_of(prediction: Prediction, most: int) -> tuple[str, ...]:
    """List the first `most` answers of a prediction, the likeliest first where it says how likely each is."""
    answer = prediction.answer
    return (answer,) if isinstance(answer, str) else answer[:most]
