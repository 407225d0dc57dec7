"""A threshold whose risk is guaranteed, by MAPIE's BinaryClassificationController: a second opinion.

The same fixed-sequence testing as the default method, by another implementation and with the p-values of Hoeffding and
Bentkus, which are larger than the exact ones: it guarantees the same, for less coverage. All of MAPIE that the project
uses is in this module, since its names change from one version to the next.
"""

import math
import warnings
from typing import Annotated

import numpy as np
from mapie.exchangeability_testing import RiskMonitoring
from mapie.risk_control import BinaryClassificationController, BinaryRisk, FWERFixedSequenceTesting, precision
from pydantic import Field


def choose(
    confidence: np.ndarray,
    right: np.ndarray,
    most: float,
    delta: float,
    *,
    start: Annotated[float, Field(ge=1, le=100)] = 2.0,
    steps: Annotated[int, Field(ge=2, le=10_000)] = 100,
) -> float | None:
    """Give the lowest threshold that is guaranteed, as `fixed_sequence` does; None where there is none."""
    first = math.ceil(start * math.log(1 / delta) / most)
    if first > len(confidence):
        return None
    falling = np.sort(confidence)[::-1]
    places = np.unique(np.linspace(first, len(falling), steps).round().astype(int)) - 1
    grid = np.unique(falling[places])[::-1]
    controller = BinaryClassificationController(
        predict_function=lambda scores: np.column_stack([1 - scores[:, 0], scores[:, 0]]),
        risk=precision,
        target_level=1 - most,
        confidence_level=1 - delta,
        list_predict_params=grid,
        fwer_method=FWERFixedSequenceTesting(n_starts=1),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nothing is valid: None says it
        controller.calibrate(confidence.reshape(-1, 1), right.astype(int))
    valid = np.asarray(controller.valid_predict_params, dtype=float).ravel()
    return float(valid.min()) if len(valid) else None


def lower_bounds(wrong: np.ndarray, *, most: float, level: float) -> np.ndarray:
    """Give MAPIE's lower bound of the risk after each unit, (n,): above `most`, its monitor has its alarm.

    Its bound is a conjugate mixture of empirical Bernstein bounds (Howard et al. 2021); a given threshold uses half of
    `test_level`, so that it is given twice the level.
    """
    occurs = BinaryRisk(
        risk_occurrence=lambda is_wrong, _: is_wrong == 1,
        risk_condition=lambda _, taken: taken == 1,
        higher_is_better=False,
    )
    monitor = RiskMonitoring(risk=occurs, test_level=min(2 * level, 0.99), threshold=most, warn=False)
    monitor.update(wrong.astype(int), np.ones(len(wrong), dtype=int))
    return monitor.online_risk_lower_bound_sequence_history
