"""What each test unit adds to each score of each model, and models that are one recipe from several seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module

import numpy as np

from alambic import plugins
from alambic.stages.report.evaluation_files import read_unit_counts
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.scores import ALL_SEEDS, Score
from alambic.statistics.bootstrap import Combine, interval, over_seeds
from alambic.statistics.counts import UnitCounts, align
from alambic.statistics.difference import System

METRICS = "alambic.stages.evaluate.metrics"  # the folder of plug-ins, each loaded by its name

Measure = tuple[str, str, str, str]  # task, dataset, split, metric
Resamples = dict[tuple[str, str, str, str, str], tuple[np.ndarray, str]]  # model and measure: values, digest of the ids
Systems = tuple[System, System, UnitCounts]  # two to be compared, and an example of their units


class CountsOfModels:
    """The counts of an experiment's evaluations, read when they are first asked for."""

    def __init__(self, artifacts: Sequence[FinishedArtifact], replicates: Mapping[str, list[str]]) -> None:
        self.artifacts, self.replicates = artifacts, replicates

    @cached_property
    def _by_model(self) -> dict[tuple[str, str, str, str, str], dict[str, UnitCounts]]:
        read = {}
        for artifact in of_stage(list(self.artifacts), "evaluate"):
            model, _, task = artifact.item.partition("/")
            for measured, of_seeds in read_unit_counts(artifact.folder).items():
                read[model, task, *measured] = of_seeds
        return read

    def members(self, name: str) -> list[str]:
        """List the models behind a name: itself, or the replicates of which it is the name."""
        return self.replicates.get(name, [name])

    def of(self, name: str, measure: Measure) -> list[dict[str, UnitCounts]] | None:
        """Give the counts by seed of each model behind a name; None where one has none."""
        counts = [self._by_model.get((member, *measure)) for member in self.members(name)]
        return None if any(each is None for each in counts) else [each for each in counts if each is not None]

    def systems(self, first: str, second: str, measure: Measure, *, seeds_are_fixed: bool = False) -> Systems:
        """Give two systems with counts of the same columns, and an example of their units.

        ValueError where the two have no counts, or not of the same units.
        """
        ours, theirs = self.of(first, measure), self.of(second, measure)
        if ours is None or theirs is None:
            raise ValueError("the counts of one are missing")
        aligned = align([*ours, *theirs])
        made = [
            _system(given, arrays, seeds_are_fixed)
            for given, arrays in ((ours, aligned[: len(ours)]), (theirs, aligned[len(ours) :]))
        ]
        return made[0], made[1], next(iter(ours[0].values()))


def _system(given: list[dict[str, UnitCounts]], arrays: list[list[np.ndarray]], seeds_are_fixed: bool) -> System:
    """Make a system of one model's seeds, or of several trainings with their seeds."""
    if len(given) > 1:
        return System(arrays, fixed=seeds_are_fixed)
    return System.of_seeds(arrays[0], fixed=seeds_are_fixed or list(given[0]) == [ALL_SEEDS])


def combine_of(metric: str) -> Combine:
    """Give the function that makes a score of summed counts."""
    combine: Combine = import_module(f"{METRICS}.{metric}").combine
    return combine


def higher_is_better(metric: str) -> bool:
    """Tell in which direction a metric is good, as its module says."""
    return bool(plugins.constant("stages.evaluate.metrics", metric, "BETTER", "higher") == "higher")


def with_replicates(
    scores: list[Score], resamples: Resamples, replicates: Mapping[str, list[str]], *, confidence: float
) -> tuple[list[Score], Resamples]:
    """Add the scores of each group of replicates, in whose resamples trainings are drawn too."""
    summed = {(score.model, score.measure): score for score in scores if score.seed == ALL_SEEDS}
    more, drawn = list(scores), dict(resamples)
    for group, members in replicates.items():
        for measure in dict.fromkeys(score.measure for score in scores):
            of_members = [summed.get((member, measure)) for member in members]
            values = [resamples.get((member, *measure)) for member in members]
            if _alike(of_members, values):
                found = [score for score in of_members if score is not None]
                rows = np.stack([row for row, _ in (value for value in values if value is not None)])
                digest = next(value[1] for value in values if value is not None)
                together = over_seeds(rows, digest=digest)
                low, high = interval(together, confidence=confidence)
                value = float(np.mean([score.value for score in found]))
                more.append(replace(found[0], model=group, value=value, low=low, high=high))
                drawn[(group, *measure)] = (together, digest)
    return more, drawn


def _alike(scores: Sequence[Score | None], values: Sequence[tuple[np.ndarray, str] | None]) -> bool:
    """Tell whether all of a group were scored in the same way, on the same examples and as many resamples."""
    if any(score is None for score in scores) or any(value is None for value in values):
        return False
    signatures = {score.signature for score in scores if score}
    return len(signatures) == 1 and len({(value[1], len(value[0])) for value in values if value}) == 1
