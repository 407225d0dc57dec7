"""What a teacher wrote, as a student reads it: the beginning of a document, and the text that is to be learnt."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.documents import Document
from alambic.data.signal_store import Key, beside, key_of, stored_rows
from alambic.stages.distill.examples.continuations import Continuation
from alambic.stages.distill.examples.sketch_batch import said_at


@dataclass(frozen=True)
class Written:
    """What was written after the first `read` characters of a document."""

    read: int
    text: str
    ended: bool


class WrittenTexts:
    """The stored texts of a corpus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __iter__(self) -> Iterator[tuple[Key, Written]]:
        """Yield each document's key and text, in the order of the corpus."""
        for row in stored_rows(self.folder):
            yield key_of(row), Written(row["read"], row["written"], row["ended"])


def written_passages(
    documents: Iterable[Document], texts: WrittenTexts, tokenizer: Any, *, first: int, length: int
) -> Iterator[Continuation]:
    """Tokenise beginnings and what follows them together, after a `first` token; `heard` is what was written.

    What is longer than `length` loses of its beginning first. Where nothing was written, nothing is learnt.
    """
    for document, written in beside(documents, texts):
        text = document.text[: written.read] + written.text
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = list(encoded["input_ids"])
        heard = [end > written.read for _, end in encoded["offset_mapping"]]
        if written.ended and tokenizer.eos_token_id is not None:
            ids, heard = [*ids, tokenizer.eos_token_id], [*heard, True]
        spare = max(0, len(ids) + 1 - length)
        spare = min(spare, len(heard) - sum(heard))
        if any(heard):
            chosen = np.asarray([False, *heard[spare:]][:length])
            yield Continuation(np.asarray([first, *ids[spare:]][:length]), chosen, **said_at(None, np.zeros(0, int)))
