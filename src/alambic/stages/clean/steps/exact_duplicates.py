"""Keep the first of the texts that differ only by case, accents, punctuation or white space."""

import numpy as np

from alambic.data.documents import Document
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.repeated_keys import flag_repeated, keys_of
from alambic.stages.clean.two_pass_step import TwoPassStep


def step() -> "ExactDuplicates":
    """Make the step; it stores 8 bytes of each text."""
    return ExactDuplicates()


class ExactDuplicates(TwoPassStep):
    """Hashes texts, then drops those that an earlier one equals."""

    def extract_keys(self, document: Document) -> np.ndarray:
        """Hash the document."""
        return keys_of([" ".join(folded_words(document.text)) or document.text])

    def flag_keys(self, store: KeyStore) -> None:
        """Flag those that an earlier one equals."""
        flag_repeated(store)

    def apply_flags(self, document: Document, flags: np.ndarray) -> Document | str:
        """Drop what is flagged."""
        return "duplicate" if flags.any() else document
