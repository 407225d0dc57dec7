"""What earlier stages found out about a released model: its scores by group, and its test texts."""

import json
from collections.abc import Sequence
from pathlib import Path

from alambic.data.manifest import FILE, Manifest
from alambic.data.predictions import PredictedExamples
from alambic.settings.robustness import PERTURBED
from alambic.statistics.groups import ByGroup
from alambic.tasks.group_scores import metric_of_answers, score_groups


def groups_of(
    evaluation: Path, parts: Sequence[PredictedExamples], metrics: Sequence[str]
) -> dict[tuple[str, str], list[ByGroup]]:
    """Score the groups of each unchanged test set, with the resamples and at the level of the evaluation."""
    metric = metric_of_answers(metrics)
    path = evaluation / FILE
    settings = Manifest.read(path).settings if path.exists() else {}
    resamples, confidence = settings.get("resamples", 1000), settings.get("confidence", 0.95)
    return {
        (part.dataset, metric): score_groups(part, metric, resamples=resamples, confidence=confidence)
        for part in parts
        if metric and PERTURBED not in part.dataset
    }


def silver_sets(evaluation: Path) -> frozenset[str]:
    """Name the test sets whose right answers a program gave."""
    rows = json.loads((evaluation / "scores.json").read_text(encoding="utf-8"))
    return frozenset(row["dataset"] for row in rows if "annotation=silver" in row["signature"])
