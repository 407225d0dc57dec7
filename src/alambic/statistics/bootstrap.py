"""Bootstrap over test units and seeds, the same draws for every model on the same units.

A unit is what was sampled: a document, a certificate, a page. Examples of one unit are drawn together, for they are
alike; an example without a unit is its own. A paired test between two models is the difference, element by element, of
what they yield here (Efron and Tibshirani 1993; Koehn 2004 for paired resampling of test sets; Field and Welsh 2007
for units).
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

import numpy as np

AT_ONCE = 100  # resamples per matrix product: bounds memory to 100 x (units + k) numbers

Combine = Callable[[np.ndarray], np.ndarray]
CombineExamples = Callable[[np.ndarray, np.ndarray], np.ndarray]


def digest_of(ids: Sequence[str], units: Sequence[str] = ()) -> str:
    """Name a sequence of examples, in its order; where examples share units, with their units."""
    if len(set(number_units(units))) == len(units):  # each its own: as if no unit were given
        return sha256("\n".join(ids).encode()).hexdigest()
    return sha256("\n".join(f"{id_}\t{unit}" for id_, unit in zip(ids, units, strict=True)).encode()).hexdigest()


def number_units(units: Sequence[str]) -> list[int]:
    """Number units in the order in which they first occur; "" is a unit of its own: ["a", "", "a"] -> [0, 1, 0]."""
    known: dict[str, int] = {}
    numbers: list[int] = []
    following = 0
    for unit in units:
        number = known.get(unit, following) if unit else following
        if number == following:
            following += 1
        if unit:
            known[unit] = number
        numbers.append(number)
    return numbers


def sum_by_unit(counts: np.ndarray, units: Sequence[str]) -> np.ndarray:
    """Sum counts (examples, k) over each unit: (units, k), in the order of `number_units`."""
    numbers = number_units(units)
    if len(set(numbers)) == len(counts):
        return counts
    sums = np.zeros((max(numbers) + 1, counts.shape[1]), dtype=counts.dtype)
    np.add.at(sums, numbers, counts)
    return sums


def resample(counts: Sequence[np.ndarray], combine: Combine, *, resamples: int, digest: str) -> np.ndarray:
    """Give the metric on each resample of the units, one row per seed: (seeds, resamples).

    `counts` holds an array (units, k) per seed; the units drawn depend on `digest` alone.
    """
    drawn = draws(len(counts[0]), resamples, digest)
    parts = [[combine(weights.astype(of_seed.dtype) @ of_seed) for of_seed in counts] for weights in drawn]
    return np.concatenate(parts, axis=1)


def resample_examples(
    counts: Sequence[np.ndarray], combine: CombineExamples, units: Sequence[str], *, resamples: int, digest: str
) -> np.ndarray:
    """Give the same on the same draws, of a metric that is no function of sums: (seeds, resamples).

    `counts` holds an array (examples, k) per seed, and `units` the unit of each example.
    """
    numbers = number_units(units)
    drawn = draws(max(numbers) + 1, resamples, digest)
    parts = [[combine(of_seed, weights[:, numbers]) for of_seed in counts] for weights in drawn]
    return np.concatenate(parts, axis=1)


def draws(units: int, resamples: int, digest: str) -> Iterator[np.ndarray]:
    """Yield how often each unit is drawn, (some resamples, units)."""
    generator = np.random.Generator(np.random.PCG64(int(digest[:16], 16)))
    for start in range(0, resamples, AT_ONCE):
        yield generator.multinomial(units, np.full(units, 1 / units), size=min(AT_ONCE, resamples - start))


def over_seeds(values: np.ndarray, *, digest: str) -> np.ndarray:
    """Draw seeds too: the mean, in each resample, over as many seeds drawn with replacement: (resamples,).

    A row may as well be a training: one of several runs of a recipe, as a student distilled from several seeds.
    """
    seeds, resamples = values.shape
    generator = np.random.Generator(np.random.PCG64([int(digest[:16], 16), seeds]))
    drawn = generator.integers(seeds, size=(seeds, resamples))
    return np.take_along_axis(values, drawn, axis=0).mean(axis=0)


def interval(values: np.ndarray, *, confidence: float) -> tuple[float, float]:
    """Give the percentile interval."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
