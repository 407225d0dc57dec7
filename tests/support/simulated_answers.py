"""Answers to real examples with scores as a model leaves them, written by the project's own code.

How hard an example is depends on its id alone: systems and seeds err on the same ones, as models do, and differ by
noise of their own.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.documents import Document, write_documents
from alambic.data.example_scores import MARGIN, SEQUENCE, ExampleScores
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.settings import Calibrate, Task
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.sampling import draw

SKILL = 4.5
CAUSES = ("infarctus", "pneumopathie", "cancer du sein", "chute", "insuffisance rénale", "sepsis", "démence", "noyade")
CHAPTER = {cause: "external" if cause in ("chute", "noyade") else "disease" for cause in CAUSES}
TASK: dict[str, Any] = {
    "task": "text_labels",
    "data": {"train": "certificates"},
    "label_column": "cause",
    "group_column": "certificate",
    "attributes": ["year", "chapter"],
    "test_share": 0.3,
    "calibration_share": 0.6,
}


def collect_certificates(folder: Path) -> Path:
    """Collect 2,400 certificates of one to three lines, of two years; few are of external causes."""
    generator = np.random.default_rng(0)
    documents = []
    for number in range(2400):
        for line in range(1, 2 + int(generator.integers(3))):
            cause = CAUSES[int(generator.integers(len(CAUSES) if number % 10 == 0 else 3))]
            year, name = str(2013 + number % 2), f"{number}/{line}"
            metadata = {"certificate": str(number), "cause": cause, "year": year, "chapter": CHAPTER[cause]}
            text = f"{cause} {'aigu' if hardness(name) < 0 else 'probable'} {number} {line}"
            documents.append(Document(name, text, "made", "", "CC0-1.0", metadata=metadata))
    folder.mkdir(exist_ok=True)
    write_documents(documents, folder)
    return folder


def settings(*systems: str, task: dict[str, Any] = TASK, **more: Any) -> Calibrate:
    """Give the settings of the stage for some systems, quick ones."""
    chosen = {"resamples": 100, "groups": "chapter", **more}
    names = systems or ("model",)
    return Calibrate(
        predictions=[f"{name}/codes" for name in names], systems=list(names), task=Task.model_validate(task), **chosen
    )


def hardness(name: str) -> float:
    """Give how hard an example is, about normal."""
    return float(sum(draw("hard", name, part) for part in range(12)) - 6)


def answer(
    data: TaskData,
    folder: Path,
    *,
    seeds: Sequence[str] = ("1",),
    skill: float = SKILL,
    name: str = "model",
    scored: bool = True,
    sparse: bool = False,
    rarely_read: Sequence[str] = (),
) -> Path:
    """Answer all that is not trained on; `rarely_read` test sets are answered much worse."""
    folder.mkdir(parents=True, exist_ok=True)
    scores, parts = ExampleScores(), []
    for split, of_split in (("test", data.test), ("calibration", data.calibration)):
        for dataset, examples in of_split.items():
            ids = [example.id for example in examples]
            predicted = {}
            for seed in seeds:
                own = skill - 2.5 * (dataset in rarely_read)
                values = np.stack(
                    [_scores(example, data.labels, own, f"{name}{seed}{dataset}") for example in examples]
                )
                predicted[seed] = [data.labels[best] for best in values.argmax(axis=1)]
                if scored:
                    place = {"seed": seed, "dataset": dataset, "split": split}
                    rows, labels = _written(values, data.labels) if sparse else ([v[None] for v in values], ())
                    scores.add(ids, rows, **place, labels=labels)
            parts.append(
                PredictedExamples(
                    dataset=dataset,
                    split=split,
                    ids=ids,
                    gold=[example.gold for example in examples],
                    units=[example.unit for example in examples],
                    attributes=[
                        {**example.attributes, "words": str(len(example.text.split()))} for example in examples
                    ],
                    tokens=[[]] * len(ids),
                    predicted=predicted,
                )
            )
    write_predictions(folder, parts, labels=data.labels, rules="")
    scores.write(folder, data.labels)
    return folder


def _scores(example: Example, labels: Sequence[str], skill: float, name: str) -> np.ndarray:
    """Give softmax scores that are surer than they should be: (labels,)."""
    entropy = int(draw(name, example.id) * 2**56)
    logits = np.random.default_rng(entropy).normal(size=len(labels))
    shared = np.random.default_rng(int(draw("rivals", example.id) * 2**56)).normal(size=len(labels))
    logits += shared
    logits[labels.index(example.gold)] += skill - 1.5 * hardness(example.id)
    values = np.exp(1.5 * (logits - logits.max()))
    return (values / values.sum()).astype(np.float32)


def _written(values: np.ndarray, labels: Sequence[str]) -> tuple[list[np.ndarray], list[list[str]]]:
    """Leave of each example the best label and the two next, as a model does that writes them."""
    rows, names = [], []
    for of_labels in values:
        best = np.argsort(-of_labels)[:3]
        margin = of_labels[best[0]] - of_labels[best[1]]
        rows.append(np.array([*of_labels[best], of_labels[best[0]], margin], np.float32))
        names.append([*(labels[place] for place in best), SEQUENCE, MARGIN])
    return rows, names
