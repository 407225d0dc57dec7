"""Questions with answers to choose from: how they are written, and how a batch of them is made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alambic.tasks.head import LabelledWindow
from alambic.tasks.heads._likelihood import Continuation, rows_of_continuations
from alambic.tasks.heads._pairs import Pair, inputs_of


@dataclass(frozen=True)
class Question:
    """What a model reads of a question: the question with each answer."""

    example: int
    rows: tuple[Pair | Continuation, ...]

    def __len__(self) -> int:
        return max(map(len, self.rows))


@dataclass(frozen=True)
class QuestionBatch:
    """Stack questions, each with all its answers."""

    pad_id: int

    def __call__(self, questions: Sequence[LabelledWindow[Question]]) -> dict[str, Tensor]:
        """Give tokens (questions, answers, tokens), and `targets` and `given` (questions, answers).

        Tokens are `input_ids`, `attention_mask`, perhaps `token_type_ids`, and of a causal model `answer`, which marks
        those of the answer. `given` is false where a question has fewer answers than another.
        """
        most = max(len(labelled.targets) for labelled in questions)
        given = torch.zeros(len(questions), most, dtype=torch.bool)
        targets = torch.zeros(len(questions), most)
        for row, labelled in enumerate(questions):
            given[row, : len(labelled.targets)] = True
            targets[row, : len(labelled.targets)] = torch.from_numpy(np.asarray(labelled.targets, np.float32)[:, 0])
        batch = {"targets": targets, "given": given}
        for name, values in stacked([row for each in questions for row in each.window.rows], self.pad_id).items():
            batch[name] = torch.zeros(*given.shape, values.shape[1], dtype=values.dtype)
            batch[name][given] = values
        return batch


def stacked(rows: Sequence[Pair | Continuation], pad_id: int) -> dict[str, Tensor]:
    """Stack the tokens of questions with one of their answers, (rows, tokens)."""
    if isinstance(rows[0], Continuation):
        return rows_of_continuations([row for row in rows if isinstance(row, Continuation)], pad_id)
    return inputs_of([row for row in rows if isinstance(row, Pair)], pad_id)
