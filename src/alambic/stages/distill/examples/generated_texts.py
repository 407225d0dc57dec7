"""Texts that a teacher generated: the beginning of a document, and the continuation that a student learns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.documents import Document
from alambic.data.signal_store import Key, key_of, stored_rows, zip_with_corpus
from alambic.models.text_tokens import tokenize
from alambic.stages.distill.examples.continuations import Continuation
from alambic.stages.distill.examples.sketch_batch import targets_at


@dataclass(frozen=True)
class GeneratedText:
    """The text that was generated after the first `read` characters of a document."""

    read: int
    text: str
    ended: bool


class GeneratedTexts:
    """The stored texts of a corpus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __iter__(self) -> Iterator[tuple[Key, GeneratedText]]:
        """Yield each document's key and text, in the order of the corpus."""
        for row in stored_rows(self.folder):
            yield key_of(row), GeneratedText(row["read"], row["written"], row["ended"])


def generated_passages(
    documents: Iterable[Document], texts: GeneratedTexts, tokenizer: Any, *, first: int, length: int
) -> Iterator[Continuation]:
    """Tokenise beginnings and what follows them together, after a `first` token; targets are what was generated.

    What is longer than `length` loses of its beginning first. Where nothing was generated, nothing is learnt.
    """
    for document, generated in zip_with_corpus(documents, texts):
        text = document.text[: generated.read] + generated.text
        (tokens,) = tokenize(tokenizer, [text])
        ids, has_teacher_target = tokens.ids.tolist(), (tokens.ends > generated.read).tolist()
        if generated.ended and tokenizer.eos_token_id is not None:
            ids, has_teacher_target = [*ids, tokenizer.eos_token_id], [*has_teacher_target, True]
        spare = max(0, len(ids) + 1 - length)
        spare = min(spare, len(has_teacher_target) - sum(has_teacher_target))
        if any(has_teacher_target):
            chosen = np.asarray([False, *has_teacher_target[spare:]][:length])
            yield Continuation(np.asarray([first, *ids[spare:]][:length]), chosen, **targets_at(None, np.zeros(0, int)))
