"""The passages of a student, and the same text in the tokens of a teacher that cuts it otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.data.documents import Document, read_documents
from alambic.data.inputs import Inputs
from alambic.data.ragged_array import Field
from alambic.models.causal import first_token
from alambic.models.opening import open_tokenizer
from alambic.models.text_tokens import tokenize_document
from alambic.models.token_offsets import whole_ends
from alambic.runtime.ranks import Ranks
from alambic.settings import Distill
from alambic.stages.distill.examples.continuations import Continuation, PassageCollator, Passages
from alambic.stages.distill.examples.expectations import rows_of
from alambic.stages.distill.examples.sketch_batch import targets_at


@dataclass(frozen=True)
class Paired(Continuation):
    """A continuation whose h tokens with a target begin where the teacher begins one too."""

    teacher_text_ids: np.ndarray  # (t,) the teacher's ids of the same text
    teacher_positions: np.ndarray  # (h,) which of these the teacher predicts it after


PAIRED = {
    "teacher_text_ids": Field("teacher_tokens", np.int32),
    "teacher_positions": Field("teacher_positions", np.int32),
}


def paired(
    documents: Iterable[Document], tokenizer: Any, other: Any, *, first: int, teacher_first: int, length: int
) -> Iterator[Paired]:
    """Tokenise documents twice, and cut them into windows of at most `length` student tokens, as `continuations` does.

    In each window the teacher reads from where the student does, after its own `teacher_first` token.
    """
    for document in documents:
        (ids, ends), (teacher_ids, teacher_ends) = _cut(tokenizer, document.text), _cut(other, document.text)
        alike = np.array_equal(ids, teacher_ids) and np.array_equal(ends, teacher_ends)
        rows = np.arange(len(ids)) if alike else rows_of(ends, teacher_ends)
        ids = np.asarray([first, *ids])
        begins = np.concatenate([[0], teacher_ends[:-1]])
        for start in range(0, len(ends), length - 1):
            context = ends[start - 2] if start > 1 else 0
            begin = max(0, int(np.searchsorted(begins, context, side="right")) - 1)
            positions = rows[start : start + length - 1]
            has_teacher_target = positions >= 0
            end = int(positions.max(initial=begin)) if has_teacher_target.any() else begin
            read = np.asarray([teacher_first, *teacher_ids[begin:end]])
            nothing = targets_at(None, np.zeros(0, int))
            yield Paired(
                ids[start : start + length],
                np.append(False, has_teacher_target),
                **nothing,
                teacher_text_ids=read,
                teacher_positions=positions[has_teacher_target] - begin,
            )


def read_paired(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> Passages:
    """Tokenise the corpus twice; another attempt or rank finds it written down in `work`."""
    other = open_tokenizer(inputs.one("teacher"))
    twice = paired(
        read_documents(inputs.one("corpus"), part="train"),
        tokenizer,
        other,
        first=first_token(tokenizer),
        teacher_first=first_token(other),
        length=settings.sequence_length,
    )
    write = Ranks.from_environment().is_first
    return Passages(work, twice, expectations=None, write=write, kind=Paired, further=PAIRED)


def _cut(tokenizer: Any, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Give ids (n,) and the characters at which tokens end (n,), the end of the text included."""
    tokens = tokenize_document(tokenizer, text)
    return tokens.ids, whole_ends(text, tokens.ends)


@dataclass(frozen=True)
class PairedCollator:
    """Pad paired passages into a batch."""

    pad: PassageCollator

    def __call__(self, examples: list[Paired]) -> dict[str, Tensor]:
        """Add teacher_text_ids and teacher_text_mask (batch, teacher's tokens), and teacher_positions (batch, tokens).

        A position says after which of the teacher's tokens it predicts; 0 where there is no target.
        """
        batch = self.pad(list(examples))
        width = max(len(example.teacher_text_ids) for example in examples)
        teacher_ids, mask = (torch.zeros(len(examples), width, dtype=torch.long) for _ in range(2))
        positions = torch.zeros(batch["ids"].shape, dtype=torch.long)
        for row, example in enumerate(examples):
            size = len(example.teacher_text_ids)
            teacher_ids[row, :size], mask[row, :size] = torch.from_numpy(example.teacher_text_ids.astype(np.int64)), 1
            positions[row, batch["has_teacher_target"][row]] = torch.from_numpy(
                example.teacher_positions.astype(np.int64)
            )
        return batch | {"teacher_text_ids": teacher_ids, "teacher_text_mask": mask, "teacher_positions": positions}
