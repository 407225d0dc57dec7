"""One confidence out of several signals: a logistic regression, fitted on units of its own.

It is written down as numbers, so that whoever uses a model can compute it without scikit-learn:

    z = intercept + sum of weight * (signal - mean) / scale;  confidence = 1 / (1 + exp(-z))

What the confidence is worth as a probability, isotonic regression on the calibration units says; it keeps the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

BINS = 10  # of a reliability table, each with as many units
FEWEST = 5  # right and wrong units, each, from which weights are fitted


@dataclass(frozen=True)
class Confidence:
    """Weights of signals, as they were fitted; `fitted` is false where there was too little to fit them on."""

    names: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float
    fitted: bool = True

    @classmethod
    def fit(cls, signals: Mapping[str, np.ndarray], right: np.ndarray) -> "Confidence":
        """Fit the weights on units with signals (units,) each and whether each is right.

        Where fewer than 5 of them are right, or wrong, every signal that tells of agreement or probability counts
        alike.
        """
        values = np.column_stack([signals[name] for name in signals])
        mean, scale = values.mean(axis=0), values.std(axis=0)
        scale = np.where(scale > 1e-12, scale, 1.0)
        names = tuple(signals)
        if min(int(right.sum()), int((~right).sum())) < FEWEST:
            weights = np.array([0.0 if name in ("labels", "lines", "words") else 1.0 for name in names])
            return cls(names, mean, scale, weights, 0.0, fitted=False)
        model = LogisticRegression(max_iter=2000).fit((values - mean) / scale, right)
        return cls(names, mean, scale, model.coef_[0], float(model.intercept_[0]))

    def of(self, signals: Mapping[str, np.ndarray]) -> np.ndarray:
        """Give the confidence of units, between 0 and 1: (units,)."""
        values = np.column_stack([signals[name] for name in self.names])
        z = self.intercept + ((values - self.mean) / self.scale) @ self.weights
        result: np.ndarray = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        return result

    def as_facts(self) -> dict[str, Any]:
        """Write it down for a file."""
        rows = zip(self.names, self.mean, self.scale, self.weights, strict=True)
        signals = {name: {"mean": float(m), "scale": float(s), "weight": float(w)} for name, m, s, w in rows}
        return {"signals": signals, "intercept": self.intercept, "fitted": self.fitted}


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
