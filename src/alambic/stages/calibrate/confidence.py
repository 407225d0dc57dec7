"""One confidence out of several signals: a logistic regression with products of two, fitted on units of its own.

Products tell what a sum cannot, such as that a sure answer with which the other systems disagree is none. The model is
written down as numbers, so that whoever uses it can compute it without scikit-learn:

    x = (signal - mean) / scale, of each signal, at most 5 from 0
    z = intercept + sum of weight * x + sum of weight * x * y over products;  confidence = 1 / (1 + exp(-z))

What the confidence is worth as a probability, isotonic regression on the calibration units says; it keeps the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

BINS = 10  # of a reliability table, each with as many units
FEWEST = 5  # right and wrong units, each, from which weights are fitted
FARTHEST = 5.0  # from the mean, in standard deviations: a product of two outliers would outweigh all else
STRENGTH = 0.1  # inverse, of the L2 penalty
SIZES = ("labels", "lines", "words")  # signals that tell how much there is
TIMES = "*"


@dataclass(frozen=True)
class Confidence:
    """Weights of signals and of products of two, as they were fitted; not `fitted`: too little to fit them on."""

    names: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray  # of the signals, then of the products in the order of `products`
    intercept: float
    fitted: bool = True

    @classmethod
    def fit(cls, signals: Mapping[str, np.ndarray], right: np.ndarray) -> "Confidence":
        """Fit the weights on units with signals (units,) each and whether each is right.

        Where fewer than 5 of them are right, or wrong, every signal that tells of agreement or probability counts
        alike.
        """
        names = tuple(signals)
        values = np.column_stack([signals[name] for name in names])
        mean, scale = values.mean(axis=0), values.std(axis=0)
        scale = np.where(scale > 1e-9, scale, 1.0)
        if min(int(right.sum()), int((~right).sum())) < FEWEST:
            alike = [0.0 if name in SIZES else 1.0 for name in names]
            weights = np.array([*alike, *([0.0] * len(products(names)))])
            return cls(names, mean, scale, weights, 0.0, fitted=False)
        model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(_features(values, mean, scale), right)
        return cls(names, mean, scale, model.coef_[0], float(model.intercept_[0]))

    def of(self, signals: Mapping[str, np.ndarray]) -> np.ndarray:
        """Give the confidence of units, between 0 and 1: (units,)."""
        values = np.column_stack([signals[name] for name in self.names])
        z = self.intercept + _features(values, self.mean, self.scale) @ self.weights
        result: np.ndarray = 1 / (1 + np.exp(-np.clip(z, -35, 35)))
        return result

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> "Confidence":
        """Read what `as_facts` wrote, as calibration.json holds it under `model`."""
        names = tuple(facts["signals"])
        mean, scale = (np.array([facts["signals"][name][key] for name in names]) for key in ("mean", "scale"))
        weights = np.array([facts["weights"][name] for name in (*names, *products(names))])
        return cls(names, mean, scale, weights, facts["intercept"], fitted=facts["fitted"])

    def as_facts(self) -> dict[str, Any]:
        """Write it down for a file."""
        rows = zip(self.names, self.mean, self.scale, strict=True)
        return {
            "signals": {name: {"mean": float(mean), "scale": float(scale)} for name, mean, scale in rows},
            "weights": dict(zip((*self.names, *products(self.names)), self.weights.tolist(), strict=True)),
            "intercept": self.intercept,
            "fitted": self.fitted,
        }


def products(names: tuple[str, ...]) -> list[str]:
    """Name the products of two signals: ("a", "b") -> ["a*a", "a*b", "b*b"]."""
    return [TIMES.join(pair) for pair in combinations_with_replacement(names, 2)]


def _features(values: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Give signals and their products, (units, features)."""
    x = np.clip((values - mean) / scale, -FARTHEST, FARTHEST)
    pairs = combinations_with_replacement(range(x.shape[1]), 2)
    return np.column_stack([x, *(x[:, one] * x[:, other] for one, other in pairs)])


def probabilities(confidence: np.ndarray, right: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Give the probability of being right at the confidences `of`, learnt from units with a confidence."""
    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(confidence, right.astype(float))
    found: np.ndarray = model.predict(of)
    return found


def reliability(probability: np.ndarray, right: np.ndarray) -> list[dict[str, float]]:
    """Set what was promised against what came, in bins of as many units: mean probability, share right, units."""
    order = np.argsort(probability, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    return [
        {"probability": float(probability[part].mean()), "right": float(right[part].mean()), "units": len(part)}
        for part in bins
    ]


def brier(probability: np.ndarray, right: np.ndarray) -> float:
    """Give the mean squared distance between probability and outcome (Brier 1950): lower is better."""
    return float(np.mean((probability - right) ** 2))
