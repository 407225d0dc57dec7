"""A step that judges each text by all the others, in memory that does not grow with the corpus.

Every document is looked at, and rows of keys are noted of it, on disk. When all are noted, the step flags rows. Then
every document comes again, with its own flags.
"""

from abc import ABC, abstractmethod

import numpy as np

from alambic.data.documents import Document
from alambic.stages.clean.key_store import Notes

NO_KEY = 0  # of what is noted for its place alone, and never flagged


class Survey(ABC):
    """What such a step does, in this order; `settle` once, the others in any process."""

    @abstractmethod
    def note(self, document: Document) -> np.ndarray:
        """Give rows of keys, none or many: (n,) uint64, or (n, width) of a kind of the step's own."""

    @abstractmethod
    def settle(self, notes: Notes) -> None:
        """Flag rows of all documents, which are in the order of the corpus."""

    @abstractmethod
    def judge(self, document: Document, flags: np.ndarray) -> Document | str:
        """Give the document, changed or not, or the reason to drop it; `flags` (n,) are those of its rows."""
