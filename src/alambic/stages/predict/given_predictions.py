"""Predictions that somebody brought, as answers to the examples of a task."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.settings.robustness import PERTURBED
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.iob2 import Span, repair, to_tags

SPLIT = "test"
SHOWN = 5

Given = dict[str, dict[tuple[str, str], Document]]  # by seed, then dataset and example; "" where it is not said


class GivenPredictions:
    """The predictions of one system on one task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.by_seed: Given = {}
        for document in read_documents(folder):
            about = document.metadata
            if about.get("split", SPLIT) == SPLIT:
                key = (about.get("dataset", ""), about["example"])
                self.by_seed.setdefault(about.get("seed", ""), {})[key] = document

    def scored(self, data: TaskData) -> TaskData:
        """Leave out the test sets that nothing was predicted for; perturbed ones, where no test set is named."""
        named = {dataset for given in self.by_seed.values() for dataset, _ in given}
        test = {
            name: part for name, part in data.test.items() if name in named or ("" in named and PERTURBED not in name)
        }
        if not test:
            raise UserError(
                f"{self.folder} predicts {', '.join(sorted(named)) or 'nothing'}, and the task's test sets are "
                f"{', '.join(data.test)}: give predictions of one of them"
            )
        return replace(data, test=test)

    def answers(self, seed: str, dataset: str, examples: Sequence[Example]) -> list[Answer]:
        """Give an answer for each example; UserError where one has none, or none that the task understands."""
        given = self.by_seed[seed]
        found = {e.id: given.get((dataset, e.id), given.get(("", e.id))) for e in examples}
        missing = [identifier for identifier, document in found.items() if document is None]
        if missing:
            one = next((identifier for _, identifier in given), "none")
            raise UserError(
                f"{len(missing)} of {len(examples)} texts of the task have no prediction "
                f"({', '.join(missing[:SHOWN])}); the first that is given is for '{one}': identifiers are those of the "
                "task's data, of which `id_column` names a column"
            )
        return [_answer(example, document) for example in examples if (document := found[example.id]) is not None]

    def unused(self, data: TaskData) -> int:
        """Count the predictions of which the task has no text to score."""
        known = {example.id for part in data.test.values() for example in part}
        return sum(identifier not in known for given in self.by_seed.values() for _, identifier in given)


def _answer(example: Example, document: Document) -> Answer:
    value = json.loads(document.text)
    try:
        if example.words or isinstance(example.gold, str):
            return _tags(example, value) if example.words else _one(value)
        return tuple(sorted({_name(label) for label in _listed(value)}))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"the prediction for '{example.id}', {document.text[:80]}, is none for this task ({error}): see the source "
            "`predictions`"
        ) from error


def _tags(example: Example, value: Any) -> tuple[str, ...]:
    listed = _listed(value)
    if any(isinstance(each, str) for each in listed):
        if len(listed) != len(example.words):
            raise ValueError(f"{len(listed)} tags for {len(example.words)} words")
        return repair(listed)
    spans = [Span(int(each["start"]), int(each["end"]), str(each["label"])) for each in listed]
    return to_tags(example.words, sorted(spans))


def _one(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value).strip()
    labels = _listed(value)
    if len(labels) != 1:
        raise ValueError(f"{len(labels)} labels, expected one")
    return _name(labels[0])


def _name(label: Any) -> str:
    return str(label["label"] if isinstance(label, Mapping) else label).strip()


def _listed(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("entities", "labels", "label") if key in value), None)
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return value
