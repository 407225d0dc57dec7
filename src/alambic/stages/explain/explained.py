"""A fine-tuned model whose answers are explained: scores of cases, their gradients, and attention, in batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from alambic.models.device import device_of
from alambic.stages.explain.case import Case
from alambic.stages.explain.embedding import path_from_hidden
from alambic.stages.explain.target import Target, target_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import Head, Prediction, saved_head

TOKENS_AT_ONCE = {"cpu": 2048, "cuda": 65536}  # padding included
GRADIENTS_AT_ONCE = 4  # a batch of gradients has a share of so many of these tokens


@dataclass(frozen=True, eq=False)
class TokenGradients:
    """Of a row of n tokens, its embeddings, those with all words hidden, the score's gradient: each (n, width)."""

    embeddings: np.ndarray
    hidden: np.ndarray
    gradient: np.ndarray


@dataclass(frozen=True, eq=False)
class Explained:
    """A model, and what its answers are made of; one of eight bits has neither gradients nor attention."""

    head: Head[Any]
    tokenizer: Any
    model: Any
    target: Target
    data: TaskData
    differentiable: bool = True

    @classmethod
    def open(cls, folder: Path, target: str, data: TaskData) -> Self:
        """Open a fine-tuned model, on a GPU where there is one."""
        head = saved_head(folder)
        tokenizer = head.open_preprocessor(folder)
        model = head.open_model(folder).to(device_of())
        return cls(head, tokenizer, model.requires_grad_(False), target_of(target, head, tokenizer), data)

    @property
    def fill(self) -> int:
        """The token that stands where a word is hidden: the one for that, or an unknown one, or padding."""
        tokens = (self.tokenizer.mask_token_id, self.tokenizer.unk_token_id, self.tokenizer.pad_token_id)
        return int(next(token for token in tokens if token is not None))

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        return self.head.predict(self.model, self.tokenizer, examples, max_length=self.tokenizer.model_max_length)

    def cases(self, examples: Sequence[Example], *, most: int) -> list[Case]:
        """Answer examples, and make a case of each of the first `most` answers to each."""
        return self.target.cases(self.model, examples, self.predict(examples), most=most)

    def scores(self, cases: Sequence[Case]) -> np.ndarray:
        """Score the answer of each case, (cases,)."""
        self.model.eval()
        found = np.zeros(len(cases), np.float32)
        with torch.inference_mode():
            for some in self._batches(cases):
                batch = [cases[number] for number in some]
                found[some] = self._scored(batch, self.target.forward(self.model, batch)).cpu().numpy()
        return found

    def probabilities(self, cases: Sequence[Case]) -> np.ndarray:
        """Give the probability of each case's answer, or its number where it has none, (cases,)."""
        scores = self.scores(cases)
        return np.exp(scores) if self.target.is_log else scores

    def masked_scores(self, case: Case, kept: np.ndarray) -> np.ndarray:
        """Score a case with only some of its words, of each row of `kept` (n, words): (n,)."""
        return self.scores([case.hide(~words, self.fill) for words in kept.astype(bool)])

    def gradients(self, cases: Sequence[Case], at: Sequence[float] | None = None) -> list[list[TokenGradients]]:
        """Give of each row of each case the gradient of the case's score with respect to its embeddings.

        `at` says of each case where on the way from all words hidden (0) to the text as it is (1).
        """
        self.model.eval()
        found: list[list[TokenGradients]] = [[] for _ in cases]
        for some in self._batches(cases, share=GRADIENTS_AT_ONCE):
            batch = [cases[number] for number in some]
            hidden = [case.hide(np.ones(len(case.words), bool), self.fill) for case in batch]
            shares = [1.0 if at is None else at[number] for number in some]
            for number, rows in zip(some, self._gradients(batch, hidden, shares), strict=True):
                found[number] = rows
        return found

    def _gradients(self, cases: list[Case], hidden: list[Case], shares: list[float]) -> Iterator[list[TokenGradients]]:
        rows = [row for case in hidden for row in case.rows]
        of_rows = [share for case, share in zip(cases, shares, strict=True) for _ in case.rows]
        with torch.enable_grad(), path_from_hidden(self.model, [row.ids for row in rows], of_rows) as path:
            scores = self._scored(cases, self.target.forward(self.model, cases))
            (gradient,) = torch.autograd.grad(scores.sum(), [path.point])
        parts = [values.detach().float().cpu().numpy() for values in (path.embeddings, path.hidden, gradient)]
        begin = 0
        for case in cases:
            yield [
                TokenGradients(*(values[begin + number, : len(row)] for values in parts))
                for number, row in enumerate(case.rows)
            ]
            begin += len(case.rows)

    def attention(self, cases: Sequence[Case]) -> list[list[np.ndarray]]:
        """Give of each row of each case how much its answer attends to each token, in the last layer: (tokens,)."""
        self.model.eval()
        found: list[list[np.ndarray]] = [[] for _ in cases]
        with torch.inference_mode(), _attention_given(self.model):
            for some in self._batches(cases, share=GRADIENTS_AT_ONCE):
                batch = [cases[number] for number in some]
                outputs = self.target.forward(self.model, batch, output_attentions=True)
                rows = iter(self.target.attention(self.model, outputs, batch))
                for number, case in zip(some, batch, strict=True):
                    found[number] = [next(rows) for _ in case.rows]
        return found

    def _scored(self, cases: Sequence[Case], outputs: Any) -> Tensor:
        return self.target.scores(self.model, outputs, cases)

    def _batches(self, cases: Sequence[Case], *, share: int = 1) -> Iterator[list[int]]:
        """Yield the places of cases that are read together, the shortest first."""
        most = TOKENS_AT_ONCE[self.model.device.type] // share
        sizes = [max(len(row) + len(row.target) for row in case.rows) for case in cases]
        batch: list[int] = []
        rows = 0
        for number in sorted(range(len(cases)), key=sizes.__getitem__):
            more = len(cases[number].rows)
            if batch and (rows + more) * sizes[number] > most:
                yield batch
                batch, rows = [], 0
            batch.append(number)
            rows += more
        if batch:
            yield batch


@contextmanager
def _attention_given(model: Any) -> Iterator[None]:
    """Have a model compute attention in the one way in which it can tell it."""
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)
