"""Scores against the strength of noise: curves, the area under them, and what a student loses beside its teacher.

All test sets of a curve have the same examples, and so the same resamples: areas, losses and differences of losses have
the distribution of what is computed resample by resample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from alambic.settings.robustness import AT, PERTURBED
from alambic.stages.report.scores import Score, over_seeds
from alambic.stages.report.unit_counts import Resamples
from alambic.statistics.bootstrap import interval

Estimated = tuple[float, float, float]  # a value and its interval


@dataclass(frozen=True)
class Curve:
    """A score of one model on one test set, from no noise to the strongest."""

    model: str
    task: str
    dataset: str
    noise: str
    metric: str
    strengths: tuple[float, ...]  # 0 first, rising
    scores: tuple[Score, ...]  # at each strength
    draws: np.ndarray  # (strengths, resamples)
    digest: str  # of the examples

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What two models must share to be compared: task, test set, noise, metric."""
        return self.task, self.dataset, self.noise, self.metric

    @property
    def clean(self) -> float:
        """The score without noise."""
        return self.scores[0].value

    @cached_property
    def area(self) -> float:
        """The mean score over all strengths from 0 to the strongest: the area under the curve by its width."""
        return float(_area(self.strengths, np.array([[score.value] for score in self.scores]))[0])

    @cached_property
    def area_draws(self) -> np.ndarray:
        """The same of each resample."""
        return _area(self.strengths, self.draws)

    @cached_property
    def loss(self) -> float:
        """The share of the score that noise takes, as a mean over strengths; of a score of 0, 0."""
        return float(_share_lost(np.array([self.clean]), np.array([self.area]))[0])

    @cached_property
    def loss_draws(self) -> np.ndarray:
        """The same of each resample."""
        return _share_lost(self.draws[0], self.area_draws)


@dataclass(frozen=True)
class Against:
    """The relative loss of one model less that of another under one noise; below 0 it loses less."""

    first: str
    second: str
    place: tuple[str, str, str, str]
    difference: float
    low: float
    high: float
    share: float = 1.0  # of the other's loss with which it is compared

    @property
    def is_shown(self) -> bool:
        """Tell whether it is shown to lose at most that share of what the other loses."""
        return self.high <= 0

    @property
    def is_refuted(self) -> bool:
        """Tell whether it is shown to lose more."""
        return self.low > 0


def curves_of(scores: Sequence[Score], resamples: Resamples) -> list[Curve]:
    """Gather the curves of every model; a test set whose examples are not those without noise is on none."""
    by_place = {(score.model, *score.measure): score for score in over_seeds(list(scores))}
    found: dict[tuple[str, str, str, str, str], list[tuple[float, Score]]] = {}
    for score in by_place.values():
        dataset, _, variant = score.dataset.partition(PERTURBED)
        noise, at, strength = variant.partition(AT)
        clean = (score.model, score.task, dataset, score.split, score.metric)
        if at and clean in by_place and _alike(resamples, clean, (score.model, *score.measure)):
            found.setdefault((score.model, score.task, dataset, noise, score.metric), []).append(
                (float(strength), score)
            )
    return [_curve(place, of_noise, by_place, resamples) for place, of_noise in found.items()]


def against(first: Curve, second: Curve, *, confidence: float, share: float = 1.0) -> Against:
    """Compare what two models lose under one noise, resample by resample; ValueError where their tests differ.

    They may have learnt the task otherwise, as with augmentation: then it is two tasks of an experiment.
    """
    ours, theirs = ((c.dataset, c.noise, c.metric, c.strengths, c.draws.shape, c.digest) for c in (first, second))
    if ours != theirs:
        raise ValueError(f"{first.model} and {second.model} were not tested under the same noise: {first.place}")
    low, high = interval(first.loss_draws - share * second.loss_draws, confidence=confidence)
    return Against(first.model, second.model, first.place, first.loss - share * second.loss, low, high, share)


def estimate(value: float, draws: np.ndarray, *, confidence: float) -> Estimated:
    """Give a value with the percentile interval of its resamples."""
    return value, *interval(draws, confidence=confidence)


def _curve(
    place: tuple[str, str, str, str, str],
    of_noise: Sequence[tuple[float, Score]],
    scores: Mapping[tuple[str, str, str, str, str], Score],
    resamples: Resamples,
) -> Curve:
    model, task, dataset, noise, metric = place
    clean = scores[model, task, dataset, of_noise[0][1].split, metric]
    points = [(0.0, clean), *sorted(of_noise, key=lambda point: point[0])]
    draws = np.stack([resamples[(score.model, *score.measure)][0] for _, score in points])
    digest = resamples[(clean.model, *clean.measure)][1]
    return Curve(
        model=model,
        task=task,
        dataset=dataset,
        noise=noise,
        metric=metric,
        strengths=tuple(strength for strength, _ in points),
        scores=tuple(score for _, score in points),
        draws=draws,
        digest=digest,
    )


def _alike(resamples: Resamples, first: tuple[str, str, str, str, str], second: tuple[str, str, str, str, str]) -> bool:
    """Tell whether two test sets of one model have the same resamples."""
    if first not in resamples or second not in resamples:
        return False
    (ours, digest), (theirs, other) = resamples[first], resamples[second]
    return digest == other and len(ours) == len(theirs)


def _area(strengths: Sequence[float], values: np.ndarray) -> np.ndarray:
    """Give the mean height of curves (strengths, n) by the trapezoidal rule: (n,)."""
    area: np.ndarray = np.trapezoid(values, strengths, axis=0) / (strengths[-1] - strengths[0])
    return area


def _share_lost(clean: np.ndarray, area: np.ndarray) -> np.ndarray:
    return np.divide(clean - area, clean, out=np.zeros_like(area), where=clean > 0)
