"""What a kind of answer offers to be explained: its cases, the score of each, and where the model looked.

A kind is a module of `targets`, found by the heads that it names in HEADS.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from alambic.stages.explain.case import Case
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction

FOLDER = "stages.explain.targets"


class Target(Protocol):
    """How the answers of one family of heads are scored."""

    @property
    def is_log(self) -> bool:
        """Whether a score is the logarithm of a probability; else it is a number that the model gives."""
        ...

    def why_not(self, model: Any) -> str:
        """Say why answers of this model are not explained; empty where they are."""
        ...

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Make a case of each of the first `most` answers to each example."""
        ...

    def forward(self, model: Any, cases: Sequence[Case], **options: Any) -> Any:
        """Read all rows of all cases, one after the other, in one batch; give the model's outputs."""
        ...

    def scores(self, model: Any, outputs: Any, cases: Sequence[Case]) -> Tensor:
        """Score the answer of each case, (cases,), so that autograd can follow."""
        ...

    def attention(self, model: Any, outputs: Any, cases: Sequence[Case]) -> list[np.ndarray]:
        """Give of each row, one after the other, how much the answer attends to each of its tokens, (n,)."""
        ...


def target_of(name: str, head: Head[Any], tokenizer: Any) -> Target:
    """Make the scorer in module `name` of `targets` for a head."""
    made: Target = import_module(f"alambic.{FOLDER}.{name}").target(head, tokenizer)
    return made


def rows_of(cases: Sequence[Case]) -> list[Any]:
    """List the rows of all cases, one after the other."""
    return [row for case in cases for row in case.rows]


def owners_of(cases: Sequence[Case]) -> list[int]:
    """Give the case of each of these rows."""
    return [number for number, case in enumerate(cases) for _ in case.rows]
