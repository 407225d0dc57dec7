"""Bootstrap over people and items at once: what would be seen with other people and with other items.

People and items are drawn apart, and an answer counts as often as its person times as often as its item (the pigeonhole
bootstrap, Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1). That counts the noise of a single
answer three times. Here its variance is brought back to that of a two-way clustered mean (Cameron, Gelbach and Miller
2011, "Robust inference with multiway clustering"), from the same draws:

    V(people and items) = 2 (V(people) + V(items)) - V(both)

With few people or items the draws are too close to each other: their variances are multiplied by n / (n - 1), and the
interval is as wide as Student's t with min(people, items) - 1 degrees of freedom makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from scipy.stats import norm, t

from alambic.statistics.bootstrap import Combine, draws, interval

MOST_UNDEFINED = 0.05  # of the resamples: where more have no value, an interval of the others would be too narrow
ROUNDING = 1e-18  # a variance below is none
DECIMALS = 12  # of a value: a difference of two equal shares is 0


@dataclass(frozen=True)
class Drawn:
    """How often each is drawn: people (resamples, people), items (resamples, items)."""

    people: np.ndarray
    items: np.ndarray

    @property
    def resamples(self) -> int:
        """How many resamples there are."""
        return len(self.people)


@dataclass(frozen=True)
class Found:
    """An estimate with its interval and two-sided p against 0; without, `why` says what there is none of.

    `why` is "", "no_answers", "no_variance", "one_person", "one_item", "undefined_resamples".
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    people: int = 0
    items: int = 0
    why: str = ""


def draw_crossed(people: int, items: Sequence[str], *, resamples: int, digest: str) -> Drawn:
    """Draw people and items with replacement.

    `items` holds the stratum of each item, such as whether its advice is right: of each stratum as many are drawn as
    the study has, for their shares were chosen and not sampled.
    """
    of_people = np.concatenate(list(draws(people, resamples, _seed(digest, "people"))))
    strata = np.asarray(items)
    of_items = np.zeros((resamples, len(items)), dtype=np.int64)
    for stratum in sorted(set(items)):
        places = np.flatnonzero(strata == stratum)
        drawn = draws(len(places), resamples, _seed(digest, f"items {stratum}"))
        of_items[:, places] = np.concatenate(list(drawn))
    return Drawn(of_people, of_items)


def estimate_crossed(
    counts: np.ndarray,
    combine: Combine,
    drawn: Drawn,
    *,
    confidence: float,
    bounds: tuple[float, float],
    symmetric: bool = False,
) -> Found:
    """Estimate what `combine` makes of counts (people, items, k), summed over both.

    `combine` takes sums (resamples, k) or (k,) and gives NaN where the value has no meaning; `bounds` are the values
    that there can be. The interval is that of the quantiles of the resamples, which are skewed near a bound; of
    differences it has to be `symmetric`: where one of two conditions has no case at all, no resample has one, and
    quantiles call a difference of a single case certain.
    """
    answered = (counts != 0).any(axis=2)
    people, items = int(answered.any(axis=1).sum()), int(answered.any(axis=0).sum())
    value = round(float(combine(counts.sum(axis=(0, 1)))), DECIMALS)
    if np.isnan(value):
        return Found(None, people=people, items=items, why="no_answers")
    if people < 2 or items < 2:
        return Found(value, people=people, items=items, why="one_person" if people < 2 else "one_item")
    by_people, by_items, by_both = (combine(sums) for sums in _sums(counts, drawn))
    undefined = np.isnan(by_people) | np.isnan(by_items) | np.isnan(by_both)
    if undefined.mean() > MOST_UNDEFINED:
        return Found(value, people=people, items=items, why="undefined_resamples")
    of_people, of_items, both = (float(np.var(each[~undefined])) for each in (by_people, by_items, by_both))
    of_answers = max(0.0, both - of_people - of_items)
    of_people, of_items = of_people * people / (people - 1), of_items * items / (items - 1)
    variance = max(of_people + of_items - of_answers, of_people, of_items)
    if variance < ROUNDING:
        return Found(value, people=people, items=items, why="no_variance")
    error, few = float(np.sqrt(variance)), min(people, items) - 1
    p = float(2 * t.sf(abs(value) / error, few))
    most = float(t.ppf((1 + confidence) / 2, few))
    if symmetric:
        low, high = value - most * error, value + most * error
    else:
        around = by_both[~undefined] - by_both[~undefined].mean()
        wider = error / np.sqrt(both) * most / norm.ppf((1 + confidence) / 2)
        low, high = interval(value + around * wider, confidence=confidence)
    return Found(value, max(low, bounds[0]), min(high, bounds[1]), p, people, items)


def _sums(counts: np.ndarray, drawn: Drawn) -> list[np.ndarray]:
    """Sum the counts of each resample, of people alone, of items alone, of both: (resamples, k) each."""
    k = counts.shape[2]
    weights = drawn.people.astype(np.float64)
    by_items = drawn.items @ counts.sum(axis=0)
    by_people = weights @ counts.sum(axis=1)
    both = np.empty((drawn.resamples, k))
    for number in range(k):  # one at a time: memory of (resamples, items), not k times that
        both[:, number] = ((weights @ counts[:, :, number]) * drawn.items).sum(axis=1)
    return [by_people, by_items, both]


def _seed(digest: str, what: str) -> str:
    return sha256(f"{digest}\t{what}".encode()).hexdigest()
