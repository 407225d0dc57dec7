"""Runs of words, by hashes: each word is hashed once, and a run's hash is made of its words'."""

from functools import lru_cache

import numpy as np

from alambic.stages.clean.folding import key

MIX, FOLD = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)
_hash = lru_cache(1 << 16)(key)


def hash_words(words: list[str]) -> np.ndarray:
    """Hash each word: (n,) uint64."""
    return np.fromiter(map(_hash, words), np.uint64, len(words))


def hash_runs(words: np.ndarray, length: int) -> np.ndarray:
    """Hash every run of `length` words, given by their hashes, or all of them when there are fewer: (runs,) uint64."""
    length = max(1, min(length, len(words)))
    count = len(words) - length + 1
    runs = np.zeros(count, np.uint64)
    for offset in range(length):
        runs = (runs ^ words[offset : offset + count]) * MIX
        runs ^= runs >> FOLD
    return runs
