"""What each added piece of vocabulary buys: scores of students that differ in their pieces alone."""

import json
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from alambic.stages.report import plots
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import COLOURS
from alambic.stages.report.number_format import count, readable
from alambic.stages.report.scores import Score

# What alike students may set otherwise; `terms`: as `licence_report` was called in earlier manifests.
ASIDE = ("tokenizer", "initial_vectors", "seed", "licence_report", "terms")
APART = 0.12  # between two methods, where the distance between two numbers of pieces is 1


@dataclass(frozen=True)
class Extended:
    """A student's new pieces."""

    added: int
    method: str  # how their vectors started


def alike_students(artifacts: list[FinishedArtifact]) -> dict[str, Extended]:
    """Give the new pieces of students that are otherwise alike; empty where their number does not differ."""
    tokenizers = {artifact.item: artifact for artifact in of_stage(artifacts, "tokenizer")}
    groups: dict[str, dict[str, Extended]] = {}
    for artifact in of_stage(artifacts, "distill"):
        settings = artifact.manifest.settings
        tokenizer = tokenizers[settings["tokenizer"]]
        if (added := tokenizer.facts.get("pieces", {}).get("added")) is not None:
            others = {name: value for name, value in settings.items() if name not in ASIDE}
            alike = json.dumps([others, {**tokenizer.manifest.settings, "added_pieces": 0}], sort_keys=True)
            groups.setdefault(alike, {})[artifact.item] = Extended(added, next(iter(settings["initial_vectors"])))
    largest = max(groups.values(), key=lambda group: len(_numbers(group)), default={})
    return largest if len(_numbers(largest)) > 1 else {}


def _numbers(students: dict[str, Extended]) -> list[int]:
    return sorted({student.added for student in students.values()})


def added_pieces(scores: list[Score], artifacts: list[FinishedArtifact]) -> str:
    """Plot score against the number of added pieces, a panel per measure and a line per way of starting."""
    students = alike_students(artifacts)
    measures = list(dict.fromkeys(score.measure for score in scores if score.model in students))

    def draw(axis: Axes, measure: Any) -> None:
        of_measure = {score.model: score for score in scores if score.measure == measure and score.model in students}
        numbers = _numbers(students)
        for index, method in enumerate(sorted({student.method for student in students.values() if student.added})):
            chosen = [name for name in of_measure if students[name].method == method or not students[name].added]
            points = [(numbers.index(students[name].added) + APART * index, of_measure[name]) for name in chosen]
            _line(axis, points, colour=COLOURS["student"][index % len(COLOURS["student"])], label=readable(method))
        task, dataset, _, metric = measure
        axis.set_title(f"{task}, {readable(dataset)}")
        axis.set_ylabel(readable(metric))
        axis.set_xticks(range(len(numbers)), [count(number).replace("\u202f", " ") for number in numbers])
        axis.set_xlabel("learnt pieces")
        axis.margins(y=0.25)  # room for the legend
        axis.legend(loc="best")

    label = "Score against the number of learnt pieces, with intervals; the figures are in the tables of results"
    return plots.panels(measures if students else [], draw, label=label, name="added")


def _line(axis: Axes, points: list[tuple[float, Score]], *, colour: str, label: str) -> None:
    """Draw each student with its interval, and a line through the means of those with as many pieces."""
    positions = sorted({x for x, _ in points})
    means = [_mean([score.value for at, score in points if at == x]) for x in positions]
    axis.plot(positions, means, color=colour, linewidth=1.6, label=label)
    for x, score in points:
        error = [[max(0.0, score.value - score.low)], [max(0.0, score.high - score.value)]]
        axis.errorbar(x, score.value, yerr=error, color=colour, marker="o", markersize=5, capsize=3, linewidth=1)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
