"""A step that judges each text by all the others, in memory that does not grow with the corpus.

In the first pass rows of keys are stored of every document, on disk. When all are there, the step flags rows. In the
second pass every document comes again, with its own flags.
"""

from abc import ABC, abstractmethod

import numpy as np

from alambic.data.documents import Document
from alambic.stages.clean.key_store import KeyStore

NO_KEY = 0  # of what is stored for its place alone, and never flagged


class TwoPassStep(ABC):
    """What such a step does, in this order; `flag_keys` once, the others in any process."""

    @abstractmethod
    def extract_keys(self, document: Document) -> np.ndarray:
        """Give rows of keys, none or many: (n,) uint64, or (n, width) of a kind of the step's own."""

    @abstractmethod
    def flag_keys(self, store: KeyStore) -> None:
        """Flag rows of all documents, which are in the order of the corpus."""

    @abstractmethod
    def apply_flags(self, document: Document, flags: np.ndarray) -> Document | str:
        """Give the document, changed or not, or the reason to drop it; `flags` (n,) are those of its rows."""
