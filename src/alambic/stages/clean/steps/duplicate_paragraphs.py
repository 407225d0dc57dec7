"""Take out the paragraphs that the corpus had before: notices, quotations, pages of one site under several addresses.

A paragraph is a line. Its first occurrence stays, and so do lines of fewer than `shortest` words: headings, items of
lists, labels. The same paragraph is one that differs only by case, accents, punctuation or white space.
"""

import re

from pydantic import PositiveInt

from alambic.stages.clean.excerpts import Excerpts
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.repeated_keys import flag_repeated

LINES = re.compile(r"(\n+)")


def step(*, shortest: PositiveInt = 10) -> "DuplicateParagraphs":
    """Make the step; it stores 8 bytes of each paragraph."""
    return DuplicateParagraphs(shortest)


class DuplicateParagraphs(Excerpts):
    """Hashes paragraphs, then takes those out that came before."""

    between = LINES
    nothing_left = "nothing but paragraphs that came before"

    def __init__(self, shortest: int) -> None:
        self.shortest = shortest

    def flag_keys(self, store: KeyStore) -> None:
        """Flag what came before."""
        flag_repeated(store)
