"""Which method to show for a model, by a rule that is stated.

Of the methods that look at the model, the one that beats explanations by chance, after Holm's correction, on the most
measures of faithfulness; of several the one with the best mean rank over these measures; then the quickest. None where
none beats chance on any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from alambic.stages.explain.explanations import is_baseline, module_of
from alambic.stages.explain.faithfulness import Row


@dataclass(frozen=True)
class Recommendation:
    """What the rule finds for one model; `method` is empty where it recommends none."""

    system: str
    method: str
    beaten: int  # measures of faithfulness on which it beats chance
    measures: int
    mean_rank: float
    candidates: int


def recommend(rows: Sequence[Row], seconds: Mapping[tuple[str, str], float]) -> list[Recommendation]:
    """Apply the rule to each model; `seconds` are those of an explanation, by model and method."""
    found = []
    for system in dict.fromkeys(row.system for row in rows):
        own = [row for row in rows if row.system == system and row.judges == "faithfulness"]
        methods = [name for name in dict.fromkeys(row.method for row in own) if not is_baseline(module_of(name))]
        measures = [*dict.fromkeys(row.measure for row in own)]
        beaten = {method: sum(row.beats_random for row in own if row.method == method) for method in methods}
        ranks = _mean_ranks(own, methods, measures)
        ordered = sorted(methods, key=lambda name: (-beaten[name], ranks[name], seconds.get((system, name), 0.0)))
        best = ordered[0] if ordered and beaten[ordered[0]] else ""
        found.append(
            Recommendation(
                system, best, beaten.get(best, 0), len(measures), ranks.get(best, float("nan")), len(methods)
            )
        )
    return found


def _mean_ranks(rows: Sequence[Row], methods: Sequence[str], measures: Sequence[str]) -> dict[str, float]:
    """Rank methods by each measure, the best as 1, and average the ranks."""
    ranks: dict[str, list[float]] = {method: [] for method in methods}
    for measure in measures:
        of_measure = {row.method: row for row in rows if row.measure == measure and row.method in ranks}
        signed = [row.value if row.better == "lower" else -row.value for row in of_measure.values()]
        for method, rank in zip(of_measure, rankdata(signed), strict=True):
            ranks[method].append(float(rank))
    return {method: float(np.mean(given)) if given else float("inf") for method, given in ranks.items()}
