"""Take out the paragraphs that share most of their runs of words with an earlier one: notices in several editions.

A paragraph is a line. The first of those that are alike stays, and so do lines of fewer than `min_words` words. What
is alike is estimated from sketches, as among whole texts (`near_duplicates`).
"""

from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document
from alambic.stages.clean.excerpts import without
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.minhash import Sketcher
from alambic.stages.clean.steps.duplicate_paragraphs import LINES
from alambic.stages.clean.steps.near_duplicates import NearDuplicates


def step(
    *,
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.8,
    words_per_shingle: PositiveInt = 3,
    permutations: Annotated[int, Field(ge=16)] = 64,
    min_words: NonNegativeInt = 20,
    seed: PositiveInt = 1,
) -> "NearDuplicateParagraphs":
    """Make the step; it stores 4 bytes of each paragraph for each permutation."""
    sketcher = Sketcher(permutations=permutations, words_per_shingle=words_per_shingle, seed=seed)
    return NearDuplicateParagraphs(sketcher, threshold, min_words)


class NearDuplicateParagraphs(NearDuplicates):
    """Sketches the long lines of a text, then takes those out that are like an earlier one."""

    def extract_keys(self, document: Document) -> np.ndarray:
        """Sketch each line that is long enough: (lines, permutations)."""
        long = [words for words in _lines(document) if len(words) >= self.min_words]
        sketches = [self.sketcher.sketch(words) for words in long]
        return np.stack(sketches) if sketches else np.zeros((0, self.permutations), np.uint32)

    def apply_flags(self, document: Document, flags: np.ndarray) -> Document | str:
        """Take out what is flagged; drop a document of which nothing is left."""
        if not flags.any():
            return document
        dropped = np.array([len(words) >= self.min_words for words in _lines(document)])
        dropped[dropped] = flags
        return without(document, LINES, dropped) or "nothing but paragraphs like earlier ones"


def _lines(document: Document) -> list[list[str]]:
    return [folded_words(line) for line in LINES.split(document.text)[::2]]
