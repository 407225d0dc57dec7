"""What each added piece of vocabulary buys: scores of students that differ in their pieces alone."""

import json
from dataclasses import dataclass, replace

from markupsafe import Markup

from alambic.stages.report.charts.axis import categories, linear
from alambic.stages.report.charts.figure import figure, legend
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.marks import DASHES, mark
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import count, interval, readable, value
from alambic.stages.report.phrases import Phrase, same
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


def draw(scores: list[Score], artifacts: list[FinishedArtifact], *, axis: Phrase | str, label: Phrase | str) -> Markup:
    """Draw score against the number of added pieces, a panel per measure and a line per way of starting."""
    students = alike_students(artifacts)
    methods = sorted({student.method for student in students.values() if student.added})
    styles = {method: _style(method, place) for place, method in enumerate(methods)}
    measures = list(dict.fromkeys(score.measure for score in scores if score.model in students))
    panels = [
        _panel(
            [score for score in scores if score.measure == measure and score.model in students], students, styles, axis
        )
        for measure in measures
    ]
    drawing = figure(panels, label=label)
    return (
        Markup(legend([replace(style, name=readable(method)) for method, style in styles.items()]) if panels else "")
        + drawing
    )


def _style(method: str, place: int) -> Model:
    """Give the mark and the dash of a way of starting."""
    colour, shape, fill = mark("student", place)
    return Model("", "student", colour, shape=shape, fill=fill, dash=DASHES[place % len(DASHES)])


def _panel(scores: list[Score], students: dict[str, Extended], styles: dict[str, Model], axis: Phrase | str) -> Panel:
    task, dataset, _, metric = scores[0].measure
    numbers = _numbers(students)
    ends = [end for score in scores for end in (score.low, score.high, score.value)]
    panel = Panel(
        f"{task}, {readable(dataset)}",
        x=categories([count(number).replace("\u202f", " ") for number in numbers], axis),
        y=linear(ends, readable(metric)),
        task=task,
    )
    for place, (method, style) in enumerate(styles.items()):
        chosen = [
            score for score in scores if students[score.model].method == method or not students[score.model].added
        ]
        by_place: dict[float, list[float]] = {}
        for score in chosen:
            x = numbers.index(students[score.model].added) + APART * place
            by_place.setdefault(x, []).append(score.value)
            tip = same("{name}: {value} {interval}").format(
                name=score.model, value=value(score.value), interval=interval(value(score.low), value(score.high))
            )
            panel.point(x, score.value, style, low=score.low, high=score.high, tip=tip)
        panel.line([(x, sum(values) / len(values)) for x, values in sorted(by_place.items())], style)
    return panel
