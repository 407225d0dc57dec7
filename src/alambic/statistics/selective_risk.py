"""Selective prediction: how many errors remain as fewer units are answered without a person.

Units are taken in the order of their confidence. Coverage is the share of units that are taken, selective risk the
share of these that are wrong (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017). The area under the curve of risk
against coverage (AURC) and what of it a perfect order would not have (excess AURC) are those of Geifman, Uziel and
El-Yaniv (2019). Units of the same confidence are taken together; within them errors are spread evenly.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RiskCoverage:
    """A curve with a point for each distinct confidence, the most confident first."""

    thresholds: np.ndarray  # (k,), falling: what is at or above one is taken
    taken: np.ndarray  # (k,) units
    wrong: np.ndarray  # (k,) of them
    units: int

    @property
    def coverage(self) -> np.ndarray:
        """The share of units that are taken: (k,)."""
        return self.taken / self.units

    @property
    def risk(self) -> np.ndarray:
        """The share of wrong ones among those that are taken: (k,)."""
        return self.wrong / self.taken

    def at(self, threshold: float | None) -> tuple[float, float]:
        """Give coverage and risk at a threshold; of None, or where nothing is taken, both are 0."""
        number = 0 if threshold is None else int(np.searchsorted(-self.thresholds, -threshold, side="right"))
        return (float(self.coverage[number - 1]), float(self.risk[number - 1])) if number else (0.0, 0.0)

    def largest_coverage(self, risk: float) -> float:
        """Give the largest coverage whose risk is at most `risk`: that of an oracle who knows the curve."""
        allowed = np.flatnonzero(self.risk <= risk + 1e-12)
        return float(self.coverage[allowed[-1]]) if len(allowed) else 0.0


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> RiskCoverage:
    """Draw the curve of units with a confidence (n,) and whether each is right (n,)."""
    assert len(confidence) == len(right) > 0
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    ends = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    wrong = np.cumsum(~right.astype(bool)[order])
    return RiskCoverage(falling[ends], ends + 1, wrong[ends], len(falling))


def aurc(confidence: np.ndarray, right: np.ndarray) -> float:
    """Give the mean selective risk over all coverages 1/n, 2/n ... 1: lower is better."""
    curve = risk_coverage(confidence, right)
    taken = np.arange(1, curve.units + 1)
    wrong = np.interp(taken, np.append(0, curve.taken), np.append(0, curve.wrong))
    return float(np.mean(wrong / taken))


def excess_aurc(confidence: np.ndarray, right: np.ndarray) -> float:
    """Give the AURC less that of an order in which every right unit comes before every wrong one."""
    taken = np.arange(1, len(right) + 1)
    least = np.mean(np.maximum(taken - int(np.sum(right)), 0) / taken)
    return aurc(confidence, right) - float(least)
