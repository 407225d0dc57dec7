"""Take out the sentences that many documents repeat word for word: headings of leaflets, notices of a site."""

import re

from pydantic import PositiveInt

from alambic.stages.clean.excerpts import Excerpts
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.repeated_keys import flag_frequent

SENTENCES = re.compile(r"((?<=[.!?…])\s+|\n+)")


def step(*, most_documents: PositiveInt = 20, shortest: PositiveInt = 3) -> "Boilerplate":
    """Make the step: sentences of `shortest` words or more stay in `most_documents` at most, or go from all of them."""
    return Boilerplate(most_documents, shortest)


class Boilerplate(Excerpts):
    """Hashes sentences, then takes those out that too many documents have."""

    between = SENTENCES
    nothing_left = "nothing but what many documents repeat"

    def __init__(self, most_documents: int, shortest: int) -> None:
        self.most, self.shortest = most_documents, shortest

    def flag_keys(self, store: KeyStore) -> None:
        """Flag what more than `most_documents` have."""
        flag_frequent(store, most=self.most)
