"""The passages of a student beside the same text in the tokens of a teacher that cuts it otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoTokenizer

from alambic.data.documents import Document, read_documents
from alambic.data.inputs import Inputs
from alambic.data.ragged_array import Field
from alambic.models.causal import first_token
from alambic.models.token_offsets import whole_ends
from alambic.runtime.ranks import Ranks
from alambic.settings import Distill
from alambic.stages.distill.examples.continuations import Collator, Continuation, Passages
from alambic.stages.distill.examples.expectations import rows_of
from alambic.stages.distill.examples.sketch_batch import said_at


@dataclass(frozen=True)
class Paired(Continuation):
    """A continuation whose h heard tokens begin where the teacher begins one too."""

    theirs: np.ndarray  # (t,) the teacher's ids of the same text
    rows: np.ndarray  # (h,) which of these the teacher predicts it after


PAIRED = {"theirs": Field("theirs", np.int32), "rows": Field("rows", np.int32)}


def paired(
    documents: Iterable[Document], tokenizer: Any, other: Any, *, first: int, their_first: int, length: int
) -> Iterator[Paired]:
    """Tokenise documents twice, and cut them into windows of at most `length` student tokens, as `continuations` does.

    In each window the teacher reads from where the student does, after its own `their_first` token.
    """
    for document in documents:
        (ids, ends), (theirs, their_ends) = _cut(tokenizer, document.text), _cut(other, document.text)
        alike = np.array_equal(ids, theirs) and np.array_equal(ends, their_ends)
        rows = np.arange(len(ids)) if alike else rows_of(ends, their_ends)
        ids = np.asarray([first, *ids])
        begins = np.concatenate([[0], their_ends[:-1]])
        for start in range(0, len(ends), length - 1):
            context = ends[start - 2] if start > 1 else 0
            begin = max(0, int(np.searchsorted(begins, context, side="right")) - 1)
            found = rows[start : start + length - 1]
            heard = found >= 0
            end = int(found.max(initial=begin)) if heard.any() else begin
            read = np.asarray([their_first, *theirs[begin:end]])
            nothing = said_at(None, np.zeros(0, int))
            yield Paired(
                ids[start : start + length], np.append(False, heard), **nothing, theirs=read, rows=found[heard] - begin
            )


def read_paired(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> Passages:
    """Tokenise the corpus twice; another attempt or rank finds it written down in `work`."""
    other = AutoTokenizer.from_pretrained(inputs.one("teacher"))
    twice = paired(
        read_documents(inputs.one("corpus"), part="train"),
        tokenizer,
        other,
        first=first_token(tokenizer),
        their_first=first_token(other),
        length=settings.sequence_length,
    )
    write = Ranks.from_environment().is_first
    return Passages(work, twice, expectations=None, write=write, kind=Paired, further=PAIRED)


def _cut(tokenizer: Any, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Give ids (n,) and the characters at which tokens end (n,)."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ends = np.asarray(encoded["offset_mapping"], int).reshape(-1, 2)[:, 1]
    return np.asarray(encoded["input_ids"], int), whole_ends(text, ends)


@dataclass(frozen=True)
class PairedCollator:
    """Pad paired passages into a batch."""

    own: Collator

    def __call__(self, examples: list[Paired]) -> dict[str, Tensor]:
        """Add theirs and theirs_mask (batch, teacher's tokens), and rows (batch, tokens), 0 where nothing is heard."""
        batch = self.own(list(examples))
        width = max(len(example.theirs) for example in examples)
        theirs, mask = (torch.zeros(len(examples), width, dtype=torch.long) for _ in range(2))
        rows = torch.zeros(batch["ids"].shape, dtype=torch.long)
        for row, example in enumerate(examples):
            size = len(example.theirs)
            theirs[row, :size], mask[row, :size] = torch.from_numpy(example.theirs.astype(np.int64)), 1
            rows[row, batch["heard"][row]] = torch.from_numpy(example.rows.astype(np.int64))
        return batch | {"theirs": theirs, "theirs_mask": mask, "rows": rows}
