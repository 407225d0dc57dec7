"""What two-pass steps over excerpts share: cut, hash, and put together again what is not flagged."""

import re
from dataclasses import replace
from typing import ClassVar

import numpy as np

from alambic.data.documents import Document
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.repeated_keys import keys_of
from alambic.stages.clean.two_pass_step import TwoPassStep


class Excerpts(TwoPassStep):
    """KeyStore a key for each excerpt, NO_KEY for one of fewer than `shortest` words."""

    between: ClassVar[re.Pattern[str]]  # of one group: the excerpts are what stands between
    nothing_left: ClassVar[str]  # the reason to drop a document of which every excerpt goes
    shortest: int

    def extract_keys(self, document: Document) -> np.ndarray:
        """Hash the excerpts."""
        words = map(folded_words, self.between.split(document.text)[::2])
        return keys_of([" ".join(excerpt) if len(excerpt) >= self.shortest else "" for excerpt in words])

    def apply_flags(self, document: Document, flags: np.ndarray) -> Document | str:
        """Take out what is flagged; drop a document of which nothing is left."""
        return without(document, self.between, flags) or self.nothing_left


def without(document: Document, between: re.Pattern[str], flags: np.ndarray) -> Document | None:
    """Take out of a text the excerpts that `flags` (excerpts,) tell; None where nothing is left."""
    if not flags.any():
        return document
    parts = [*between.split(document.text), ""]
    remaining = [parts[2 * index] + parts[2 * index + 1] for index in np.flatnonzero(~flags)]
    text = "".join(remaining).strip()
    return replace(document, text=text) if text else None
