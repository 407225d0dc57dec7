"""Between which numbers a metric lies: no bound of a difference is beyond them."""

import math

from alambic import plugins

FOLDER = "stages.evaluate.metrics"
OTHERS = {"spearman": (-1.0, 1.0), "brier": (0.0, 2.0)}  # of the project's metrics all but these are shares


def largest_difference(metric: str) -> float:
    """Give the largest difference that two scores can have: 1 between shares; infinite where it is not known.

    A metric of a user's own says it by a constant, such as `RANGE = (0.0, 1.0)`.
    """
    is_ours = (plugins.PACKAGE.joinpath(*FOLDER.split(".")) / f"{metric}.py").exists()
    ours = OTHERS.get(metric, (0.0, 1.0)) if is_ours else (-math.inf, math.inf)
    low, high = plugins.constant(FOLDER, metric, "RANGE", ours)
    return float(high - low)
