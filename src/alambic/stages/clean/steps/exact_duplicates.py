"""Keep the first of the texts that differ only by case, accents, punctuation or white space."""

import numpy as np

from alambic.data.documents import Document
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.key_store import Notes
from alambic.stages.clean.repeated_keys import flag_later, keys_of
from alambic.stages.clean.two_pass_step import Survey


def step() -> "ExactDuplicates":
    """Make the step; it notes 8 bytes of each text."""
    return ExactDuplicates()


class ExactDuplicates(Survey):
    """Hashes texts, then drops those that an earlier one equals."""

    def note(self, document: Document) -> np.ndarray:
        """Hash the document."""
        return keys_of([" ".join(folded_words(document.text)) or document.text])

    def settle(self, notes: Notes) -> None:
        """Flag those that an earlier one equals."""
        flag_later(notes)

    def judge(self, document: Document, flags: np.ndarray) -> Document | str:
        """Drop what is flagged."""
        return "duplicate" if flags.any() else document
