"""A text's set of word runs in a few numbers, which tell how similar two sets are (MinHash, Broder 1997).

datasketch and datatrove draw the permutations modulo a prime of 61 bits, and hash each run anew. Here runs are hashed
out of words, and permutations of 32 bits are multiplications by odd numbers: the estimate is as good (a test compares
both), and takes less time.
"""

import numpy as np

from alambic.stages.clean.word_runs import FOLD, MIX, hash_runs, hash_words

_AT_ONCE = 1 << 15  # runs: bounds the memory that the longest text takes


class Sketcher:
    """Sketches texts; those of one sketcher can be compared."""

    def __init__(self, *, permutations: int, words_per_shingle: int, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.length = words_per_shingle
        self.factors = draw.integers(1 << 32, size=(permutations, 1), dtype=np.uint32) | np.uint32(1)
        self.terms = draw.integers(1 << 32, size=(permutations, 1), dtype=np.uint32)

    def sketch(self, words: list[str]) -> np.ndarray:
        """Give (permutations,) uint32; two texts have equal ones as often as they share runs, among all of both."""
        runs = (hash_runs(hash_words(words), self.length) >> np.uint64(32)).astype(np.uint32)
        least = np.full(len(self.factors), (1 << 32) - 1, np.uint32)
        for start in range(0, len(runs), _AT_ONCE):
            permuted = self.factors * runs[start : start + _AT_ONCE] + self.terms
            np.minimum(least, permuted.min(axis=1), out=least)
        return least


def band_keys(sketches: np.ndarray, *, bands: int, rows: int) -> np.ndarray:
    """Give (n, bands) uint64, column by column: equal where all the `rows` values of two sketches' band are."""
    values = sketches[:, : bands * rows].reshape(-1, bands, rows)
    keys = np.zeros(values.shape[:2], np.uint64, order="F")
    for row in range(rows):
        keys = (keys ^ values[:, :, row]) * MIX
        keys ^= keys >> FOLD
    return np.asfortranarray(keys)
