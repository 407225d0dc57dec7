"""Questions with answers to choose from: how they are written, and how a batch of them is made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alambic.tasks.head import LabelledWindow
from alambic.tasks.heads._likelihood import Continuation, rows_of_continuations, rows_of_targets
from alambic.tasks.heads._pairs import Pair, inputs_of
from alambic.tasks.heads._passages import Passage

Row = Pair | Continuation | Passage


@dataclass(frozen=True)
class Question:
    """What a model reads of a question: the question with each answer; None stands for one that it cannot read."""

    example: int
    answers: tuple[Row | None, ...]

    @property
    def rows(self) -> list[Row]:
        """Those that are read."""
        return [row for row in self.answers if row is not None]

    @property
    def is_whole(self) -> bool:
        """Whether every answer is read."""
        return None not in self.answers

    def __len__(self) -> int:
        return max(map(len, self.rows), default=0)


@dataclass(frozen=True)
class QuestionBatch:
    """Stack whole questions, each with all its answers."""

    pad_id: int
    start: int = 0  # the token behind which a decoder writes, where there is one

    def __call__(self, questions: Sequence[LabelledWindow[Question]]) -> dict[str, Tensor]:
        """Give tokens (questions, answers, tokens), and `targets` and `given` (questions, answers).

        Tokens are `input_ids`, `attention_mask`, perhaps `token_type_ids`, of a causal model `own`, which marks those
        of the answer, and of an encoder-decoder model `decoder_input_ids` and `labels`, which are the answer's. `given`
        is false where a question has fewer answers than another.
        """
        most = max(len(labelled.targets) for labelled in questions)
        given = torch.zeros(len(questions), most, dtype=torch.bool)
        targets = torch.zeros(len(questions), most)
        for row, labelled in enumerate(questions):
            given[row, : len(labelled.targets)] = True
            targets[row, : len(labelled.targets)] = torch.from_numpy(np.asarray(labelled.targets, np.float32)[:, 0])
        batch = {"targets": targets, "given": given}
        rows = [row for each in questions for row in each.window.rows]
        for name, values in stacked(rows, self.pad_id, self.start).items():
            batch[name] = torch.zeros(*given.shape, values.shape[1], dtype=values.dtype)
            batch[name][given] = values
        return batch


def stacked(rows: Sequence[Row], pad_id: int, start: int) -> dict[str, Tensor]:
    """Stack the tokens of questions with one of their answers, (rows, tokens)."""
    if isinstance(rows[0], Continuation):
        return rows_of_continuations([row for row in rows if isinstance(row, Continuation)], pad_id)
    if isinstance(rows[0], Passage):
        return rows_of_targets([row for row in rows if isinstance(row, Passage)], pad_id, start)
    return inputs_of([row for row in rows if isinstance(row, Pair)], pad_id)
