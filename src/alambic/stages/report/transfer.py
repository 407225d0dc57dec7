"""What it is worth to begin with a trained model: scores against the share of the training data that is learnt from.

Tasks that differ only by the option `train_share` of their dataset are the points of a curve. Beside it stand paired
differences: a model that begins with learnt weights against one of its family that begins with random ones.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from alambic.stages.report.comparison import PERMUTATIONS_PER_TEST, Comparison, compare, correct
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model, before_finetuning
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.scores import Score, over_seeds
from alambic.stages.report.unit_counts import CountsOfModels, Resamples

SHARE = "train_share"  # the option by which the tasks of a curve differ
# What tasks of one curve may set otherwise: it is neither learnt from nor scored.
NOT_LEARNT = "calibration_"  # begins the names of such options of datasets
COMPARED = ("task", "data", "augment")  # of a task, besides its options
COLUMNS = (
    *("task", "share", "texts", "dataset", "metric", "model", "begins_with", "value", "low", "high"),
    *("scratch", "difference", "difference_low", "difference_high", "p", "corrected_p"),
)

Start = Literal["scratch", "pretrained", "distilled"]


@dataclass(frozen=True)
class Tasks:
    """Tasks that differ only by their share of the training data, the smallest first."""

    by_share: dict[float, str]
    texts: dict[float, int]  # that are learnt from at each share

    @property
    def name(self) -> str:
        """The task with the largest share."""
        return list(self.by_share.values())[-1]


@dataclass(frozen=True)
class Curve:
    """The scores of one model by share, on one test set."""

    tasks: Tasks
    dataset: str
    metric: str
    model: str
    scores: dict[float, Score]


@dataclass(frozen=True)
class Gain:
    """A model against one that begins with random weights, at each share; p-values are corrected by Holm's method."""

    tasks: Tasks
    dataset: str
    metric: str
    model: str
    scratch: str
    by_share: dict[float, Comparison]

    def shares(self, outcome: str) -> list[float]:
        """List the shares at which the model is shown to be `better` or `worse`, or neither (`open`, `few`)."""
        return [share for share, found in self.by_share.items() if found.outcome == outcome]


@dataclass(frozen=True)
class Transfer:
    """All curves, what is gained over random weights, and with what each fine-tuned model begins."""

    curves: list[Curve]
    gains: list[Gain]
    starts: dict[str, Start]

    @property
    def smaller(self) -> set[str]:
        """The tasks whose details are left to those with the largest share."""
        return {name for curve in self.curves for name in curve.tasks.by_share.values() if name != curve.tasks.name}


def find_tasks(artifacts: Sequence[FinishedArtifact]) -> list[Tasks]:
    """Gather the tasks that differ only by their share, two or more together, in the order of the experiment."""
    found: dict[str, dict[float, tuple[str, int]]] = {}
    for artifact in of_stage(list(artifacts), "predict"):
        task = artifact.manifest.settings.get("task", {})
        options = {name: each for name, each in task.get("options", {}).items() if not name.startswith(NOT_LEARNT)}
        if (share := options.pop(SHARE, None)) is not None:
            key = json.dumps([{name: task.get(name) for name in COMPARED}, options], sort_keys=True)
            name = artifact.item.partition("/")[2]
            found.setdefault(key, {}).setdefault(float(share), (name, int(artifact.facts.get("train_texts", 0))))
    return [
        Tasks(
            {share: name for share, (name, _) in sorted(of.items())},
            {share: texts for share, (_, texts) in sorted(of.items())},
        )
        for of in found.values()
        if len(of) > 1
    ]


def starts_of(artifacts: Sequence[FinishedArtifact]) -> dict[str, Start]:
    """Tell with what each model that was fine-tuned begins: random weights, learnt ones, or a teacher's outputs too."""
    items = list(artifacts)
    students = {artifact.item: artifact.manifest.settings for artifact in of_stage(items, "distill")}
    starts: dict[str, Start] = {}
    for artifact in of_stage(items, "finetune"):
        name = artifact.item.partition("/")[0]
        settings = students.get(before_finetuning(name, items), {})
        if settings.get("signal") or settings.get("online"):
            starts[name] = "distilled"
        else:
            starts[name] = "scratch" if settings.get("initial") == "random" else "pretrained"
    return starts


def find_transfer(
    artifacts: Sequence[FinishedArtifact],
    scores: Sequence[Score],
    rankings: Sequence[Ranking],
    models: Mapping[str, Model],
    resamples: Resamples,
    *,
    confidence: float,
) -> Transfer:
    """Gather curves and gains; `rankings` are those of the metric that counts most on each test set."""
    starts = starts_of(artifacts)
    curves = [
        curve
        for tasks in find_tasks(artifacts)
        for ranking in rankings
        if ranking.task == tasks.name
        for curve in _curves(tasks, ranking, scores, models, resamples)
    ]
    pairs = [
        (curve, scratch)
        for curve in curves
        if starts.get(curve.model, "scratch") != "scratch"
        and (scratch := _nearest_scratch(curve, curves, starts, models)) is not None
    ]
    counts = CountsOfModels(artifacts, {})
    return Transfer(curves, _gains(pairs, resamples, counts, confidence=confidence), starts)


def write_transfer(transfer: Transfer, path: Path) -> None:
    """Write transfer.csv: a row per model, test set and share; without tasks that differ by their share, none."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(transfer))


def _rows(transfer: Transfer) -> Iterator[list[Any]]:
    gains = {(gain.tasks.name, gain.dataset, gain.model): gain for gain in transfer.gains}
    for curve in transfer.curves:
        gain = gains.get((curve.tasks.name, curve.dataset, curve.model))
        for share, score in curve.scores.items():
            row = [score.task, share, curve.tasks.texts[share], curve.dataset, curve.metric, curve.model]
            row += [transfer.starts.get(curve.model, ""), score.value, score.low, score.high]
            if gain is not None:
                found = gain.by_share[share]
                row += [gain.scratch, found.difference, found.low, found.high, found.p, found.corrected_p]
            yield [*row, *[None] * (len(COLUMNS) - len(row))]


def _curves(
    tasks: Tasks, ranking: Ranking, scores: Sequence[Score], models: Mapping[str, Model], resamples: Resamples
) -> Iterator[Curve]:
    """Give the curve of each model on one test set, where all shares were scored on the same examples."""
    summed = {(score.model, *score.measure): score for score in over_seeds(list(scores))}
    _, dataset, split, metric = ranking.measure
    for model in (name for name in models if name in ranking.models):
        places = {share: (model, name, dataset, split, metric) for share, name in tasks.by_share.items()}
        digests = {resamples[place][1] for place in places.values() if place in resamples}
        if len(digests) == 1 and all(place in summed for place in places.values()):
            yield Curve(tasks, dataset, metric, model, {share: summed[place] for share, place in places.items()})


def _nearest_scratch(
    curve: Curve, curves: Sequence[Curve], starts: Mapping[str, Start], models: Mapping[str, Model]
) -> Curve | None:
    """Find the model of the same family that begins with random weights, of several that of the nearest size."""
    family, size = models[curve.model].family, models[curve.model].parameters or 0
    others = [
        other
        for other in curves
        if (other.tasks, other.dataset) == (curve.tasks, curve.dataset)
        and starts.get(other.model) == "scratch"
        and models[other.model].family == family
    ]
    return min(others, key=lambda other: abs((models[other.model].parameters or 0) - size), default=None)


def _gains(
    pairs: Sequence[tuple[Curve, Curve]], resamples: Resamples, counts: CountsOfModels, *, confidence: float
) -> list[Gain]:
    """Test each model against the one from scratch at each share, corrected for looking at all of them."""
    least = PERMUTATIONS_PER_TEST * sum(len(curve.scores) for curve, _ in pairs)
    compared = correct(
        [
            compare(
                score,
                scratch.scores[share],
                resamples,
                confidence=confidence,
                counts=counts,
                least_permutations=least,
            )
            for curve, scratch in pairs
            for share, score in curve.scores.items()
        ]
    )
    in_turn = iter(compared)
    return [
        Gain(
            curve.tasks,
            curve.dataset,
            curve.metric,
            curve.model,
            scratch.model,
            {at: next(in_turn) for at in curve.scores},
        )
        for curve, scratch in pairs
    ]
