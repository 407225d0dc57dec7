"""Bootstrap over test examples and seeds, the same draws for every model on the same examples.

A paired test between two models is therefore the difference, element by element, of what they yield here
(Efron and Tibshirani 1993; Koehn 2004 for paired resampling of test sets).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np

AT_ONCE = 100  # resamples per matrix product: bounds memory to 100 x (examples + k) numbers

# Values (resamples,) from the counts of examples (examples, k) and how often each was drawn (resamples, examples).
OfDrawn = Callable[[np.ndarray, np.ndarray], np.ndarray]


def digest_of(ids: Sequence[str]) -> str:
    """Name a sequence of examples, in its order."""
    return sha256("\n".join(ids).encode()).hexdigest()


def resample(counts: Sequence[np.ndarray], on_drawn: OfDrawn, *, resamples: int, digest: str) -> np.ndarray:
    """Give the metric on each resample of the examples, one row per seed: (seeds, resamples).

    `counts` holds an array (examples, k) per seed; the examples drawn depend on `digest` alone.
    """
    generator = np.random.Generator(np.random.PCG64(int(digest[:16], 16)))
    examples = len(counts[0])
    values = [np.empty(resamples) for _ in counts]
    for start in range(0, resamples, AT_ONCE):
        weights = generator.multinomial(examples, np.full(examples, 1 / examples), size=min(AT_ONCE, resamples - start))
        for row, of_seed in zip(values, counts, strict=True):
            row[start : start + len(weights)] = on_drawn(of_seed, weights)
    return np.stack(values)


def over_seeds(values: np.ndarray, *, digest: str) -> np.ndarray:
    """Draw seeds too: the mean, in each resample, over as many seeds drawn with replacement: (resamples,)."""
    seeds, resamples = values.shape
    generator = np.random.Generator(np.random.PCG64([int(digest[:16], 16), seeds]))
    drawn = generator.integers(seeds, size=(seeds, resamples))
    return np.take_along_axis(values, drawn, axis=0).mean(axis=0)


def interval(values: np.ndarray, *, confidence: float) -> tuple[float, float]:
    """Give the percentile interval."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
