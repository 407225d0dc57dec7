"""The lowest threshold whose calibration units keep to the risk: without any guarantee, as a control.

What is chosen because it looked good on the calibration units is worse on others: about every other time its risk is
above what is allowed.
"""

import numpy as np

from alambic.statistics.selective_risk import risk_coverage


def choose(confidence: np.ndarray, right: np.ndarray, most: float, delta: float) -> float | None:
    """Give the lowest threshold with a share of errors of at most `most`; `delta` is not used."""
    curve = risk_coverage(confidence, right)
    allowed = np.flatnonzero(curve.risk <= most)
    return float(curve.thresholds[allowed[-1]]) if len(allowed) else None
