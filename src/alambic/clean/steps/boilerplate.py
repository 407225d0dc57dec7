"""Take out the sentences that many documents repeat word for word: headings of leaflets, notices of a site.

Documents are looked at beforehand, and each sentence's hash is counted once a document, in two tables of fixed size (a
count-min sketch, Cormode and Muthukrishnan 2005, doi:10.1016/j.jalgor.2003.12.001): memory does not grow with the
corpus. A sentence is taken for more frequent than it is where it shares its places in both tables with others.
"""

import re
from dataclasses import replace
from hashlib import blake2b

import numpy as np
from pydantic import PositiveInt

from alambic.clean.folding import folded_words
from alambic.records import Document

_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
ROWS = 2


def step(*, most_documents: PositiveInt = 20, shortest: PositiveInt = 3, table_bits: PositiveInt = 24) -> "Boilerplate":
    """Make the step: sentences of `shortest` words or more stay in `most_documents` at most, or go from all of them.

    The tables take 8 x 2^`table_bits` bytes: 134 MB, fit for some ten million different sentences.
    """
    return Boilerplate(most_documents, shortest, table_bits)


class Boilerplate:
    """Counts sentences, then takes those out that too many documents have."""

    def __init__(self, most_documents: int, shortest: int, table_bits: int) -> None:
        self.most, self.shortest, self.mask = most_documents, shortest, (1 << table_bits) - 1
        self.counts = np.zeros((ROWS, self.mask + 1), np.uint32)

    def look(self, document: Document) -> None:
        """Count the sentences of a document, each once."""
        for places in {found for part in _SENTENCES.split(document.text) if (found := self._places(part))}:
            self.counts[range(ROWS), places] += 1

    def __call__(self, document: Document) -> Document | str:
        """Take out what is repeated; drop a document of which nothing is left."""
        parts = re.split(f"({_SENTENCES.pattern})", document.text)
        kept = [
            sentence + between
            for sentence, between in zip(parts[::2], [*parts[1::2], ""], strict=True)
            if not self._repeated(sentence)
        ]
        if len(kept) == len(parts[::2]):
            return document
        text = "".join(kept).strip()
        return replace(document, text=text) if text else "nothing but what many documents repeat"

    def _repeated(self, sentence: str) -> bool:
        places = self._places(sentence)
        return bool(places) and int(self.counts[range(ROWS), places].min()) > self.most

    def _places(self, sentence: str) -> tuple[int, ...]:
        words = folded_words(sentence)
        if len(words) < self.shortest:
            return ()
        digest = blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8 * ROWS).digest()
        return tuple(int.from_bytes(digest[8 * row : 8 * row + 8], "big") & self.mask for row in range(ROWS))
