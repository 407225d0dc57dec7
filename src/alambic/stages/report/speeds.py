"""How fast the models answer, by the processor time of rounds in turn; withheld where the rounds disagree."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from alambic.data.speed_file import FILE
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage

LARGEST_SPREAD = 0.2  # between the quartiles, as a share of the median
FEWEST_ROUNDS = 3


@dataclass(frozen=True)
class Figure:
    """A median over rounds with its quartiles; `withheld` says why the median is not to be shown."""

    median: float
    low: float
    high: float
    withheld: str = ""

    @property
    def shown(self) -> float | None:
        """The median, unless it is withheld."""
        return None if self.withheld else self.median


@dataclass(frozen=True)
class TaskSpeed:
    """The turns of the models of one task: how they were measured, and the seconds of each by round."""

    task: str
    how: Mapping[str, Any]
    seconds: Mapping[str, Sequence[float]]
    commit: str

    @cached_property
    def words_per_second(self) -> dict[str, Figure]:
        """Words per second of processor time, of each model."""
        return {name: over_rounds(self.how["words"] / np.asarray(each)) for name, each in self.seconds.items()}

    def ratio(self, first: str, second: str) -> Figure | None:
        """Tell how many times faster `first` is than `second`, round by round; None where one was not timed."""
        if first not in self.seconds or second not in self.seconds:
            return None
        return over_rounds(np.asarray(self.seconds[second]) / np.asarray(self.seconds[first]))


def over_rounds(values: Sequence[float] | np.ndarray) -> Figure:
    """Sum up what the rounds gave: [2, 3, 4] -> 3 (2.5 to 3.5), which is withheld for a spread of 0.33."""
    low, middle, high = (float(value) for value in np.quantile(values, [0.25, 0.5, 0.75]))
    spread = (high - low) / middle
    withheld = ""
    if len(values) < FEWEST_ROUNDS:
        withheld = f"{len(values)} rounds, and {FEWEST_ROUNDS} are needed"
    elif spread > LARGEST_SPREAD:
        withheld = (
            f"the quartiles of the rounds lie {spread:.0%} of the median apart, and {LARGEST_SPREAD:.0%} is the most"
        )
    return Figure(middle, low, high, withheld)


def read_speeds(artifacts: list[FinishedArtifact]) -> list[TaskSpeed]:
    """Read the measurements of every task, longest texts first: they are the most like documents."""
    speeds = []
    for artifact in of_stage(artifacts, "speed"):
        content = json.loads((artifact.folder / FILE).read_text(encoding="utf-8"))
        seconds = content.pop("seconds")
        speeds.append(TaskSpeed(artifact.item, content, seconds, str(artifact.manifest.run.get("commit") or "")))
    return sorted(speeds, key=lambda speed: -speed.how["words_per_text"])
