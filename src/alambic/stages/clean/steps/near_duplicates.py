"""Keep the first of the texts that share most of their runs of words.

MinHash estimates the Jaccard similarity of two sets of word runs, and locality-sensitive hashing finds the candidates
without comparing every pair. The number of bands is datasketch's choice (https://ekzhu.com/datasketch); its index is
not used, because it keeps 6 kB of each text in memory. Here that is 1 byte, and 0.6 kB on disk.

Labels of a classification differ by one word that changes everything ("bénigne", "maligne"): texts of fewer than
`min_words` words pass untouched.
"""

from typing import Annotated

import numpy as np
from datasketch import MinHashLSH
from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.minhash import Sketcher
from alambic.stages.clean.minhash_lsh import flag_near_duplicates
from alambic.stages.clean.two_pass_step import TwoPassStep


def step(
    *,
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.8,
    words_per_shingle: PositiveInt = 3,
    permutations: Annotated[int, Field(ge=16)] = 128,
    min_words: NonNegativeInt = 20,
    seed: PositiveInt = 1,
) -> "NearDuplicates":
    """Make the step; `threshold` is the similarity from which the later text is dropped."""
    sketcher = Sketcher(permutations=permutations, words_per_shingle=words_per_shingle, seed=seed)
    return NearDuplicates(sketcher, threshold, min_words)


class NearDuplicates(TwoPassStep):
    """Sketches texts, then drops those that are like an earlier one."""

    def __init__(self, sketcher: Sketcher, threshold: float, min_words: int) -> None:
        self.sketcher, self.threshold, self.min_words = sketcher, threshold, min_words
        self.permutations = len(sketcher.factors)
        # Candidates are compared, so that it is worth having too many of them rather than missing some.
        index = MinHashLSH(threshold=threshold, num_perm=self.permutations, weights=(0.1, 0.9))
        self.bands, self.rows = index.b, index.r

    def extract_keys(self, document: Document) -> np.ndarray:
        """Sketch the document, if it is long enough: (0 or 1, permutations)."""
        words = folded_words(document.text)
        if len(words) < self.min_words:
            return np.zeros((0, self.permutations), np.uint32)
        return self.sketcher.sketch(words)[None]

    def flag_keys(self, store: KeyStore) -> None:
        """Flag those that are like an earlier one."""
        flag_near_duplicates(store, bands=self.bands, rows=self.rows, threshold=self.threshold)

    def apply_flags(self, document: Document, flags: np.ndarray) -> Document | str:
        """Drop what is flagged."""
        return "near duplicate" if flags.any() else document
