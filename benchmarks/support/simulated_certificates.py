"""Certificates whose answers and scores are drawn, so that the risk of each threshold is known.

A certificate has one to six lines. A line is hard or easy, was seen in training or not, and may mislead: then one
system errs on it with confidence, from every seed, as models do. Softmax scores are too sure of themselves. Nothing
here was learnt from real certificates: it shows that methods do what they promise, not what real ones would bring.
"""

from dataclasses import dataclass

import numpy as np

SEEDS = 3
CODES = 6  # among which a line is confused
SURER = 1.6  # than they should be: what logits are multiplied by


@dataclass(frozen=True)
class Year:
    """What the certificates of a year are like."""

    unseen: float = 0.12  # share of lines whose wording no training text has
    noise: float = 0.0  # added to how hard each line is
    misleading: float = 0.006  # share of lines


@dataclass(frozen=True)
class Certificates:
    """Signals of certificates (n,) by name, as the stage computes them, and whether all their codes are right."""

    signals: dict[str, np.ndarray]
    right: np.ndarray


def draw_certificates(number: int, generator: np.random.Generator, year: Year = Year()) -> Certificates:
    """Draw certificates of a year with the signals of a system of three seeds and of a second system."""
    lines = np.minimum(1 + generator.poisson(1.4, number), 6)
    first = np.append(0, np.cumsum(lines)[:-1])
    total = int(lines.sum())
    unseen = generator.random(total) < year.unseen
    hard = generator.normal(size=total) + 1.6 * unseen + year.noise
    misleading = generator.random(total) < year.misleading * (1 + 3 * unseen)
    rivals = generator.normal(size=(total, CODES - 1))  # what is confused with it, for whoever answers

    def answer(skill: float, own: np.ndarray, *, misled: bool) -> tuple[np.ndarray, np.ndarray]:
        """Give the softmax scores of a system or a seed, the right code first: (lines, codes)."""
        logits = np.empty((total, CODES))
        logits[:, 0] = skill - 1.7 * hard + own
        logits[:, 1:] = rivals + generator.normal(scale=0.5, size=rivals.shape)
        if misled:
            logits[misleading, 1] = logits[misleading, 0] + 3 + generator.normal(size=int(misleading.sum()))
        scores = np.exp(SURER * (logits - logits.max(axis=1, keepdims=True)))
        return scores / scores.sum(axis=1, keepdims=True), logits.argmax(axis=1)

    shared = generator.normal(scale=0.5, size=total)
    seeds = [answer(5.6, shared + generator.normal(scale=0.7, size=total), misled=True) for _ in range(SEEDS)]
    other = answer(4.6, generator.normal(scale=1.3, size=total), misled=False)
    scores, given = seeds[0]
    rows = np.arange(total)
    probability = scores[rows, given]
    rest = scores.copy()
    rest[rows, given] = -1
    by_others = np.mean([of_seed[rows, given] for of_seed, _ in seeds[1:]], axis=0)
    similarity = np.clip(np.where(unseen, generator.beta(5, 3, total), 1.0), 0, 1)
    of_lines = {
        "probability": (_logit(probability), np.minimum),
        "margin": (probability - rest.max(axis=1), np.minimum),
        "sequence_probability": (np.log(probability), np.add),
        "probability_by_other_seeds": (_logit(by_others), np.minimum),
        "agreement_of_seeds": (np.mean([given == answers for _, answers in seeds[1:]], axis=0), np.minimum),
        "agreement_of_systems": ((given == other[1]).astype(float), np.minimum),
        "nearest_wording": (similarity, np.minimum),
    }
    signals = {name: combine.reduceat(values, first) for name, (values, combine) in of_lines.items()}
    signals["lines"] = np.log1p(lines)
    return Certificates(signals, np.logical_and.reduceat(given == 0, first))


def _logit(probability: np.ndarray) -> np.ndarray:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))
