"""A task's data, loaded by the names that the settings give."""

from dataclasses import replace
from importlib import import_module
from typing import Any, Protocol

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.perturb.lexicon import learn
from alambic.tasks.perturbed_examples import perturbed
from alambic.tasks.scored_texts import ScoredTexts


class TaskSettings(ScoredTexts, Protocol):
    """What is read of `alambic.settings.Task`."""

    @property
    def head(self) -> str:
        """The module of tasks/heads that answers."""
        ...

    @property
    def augment(self) -> dict[str, dict[str, Any]]:
        """Perturbations of copies of the training texts."""
        ...

    @property
    def perturb(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Further test sets by name, each with its perturbations."""
        ...

    @property
    def abbreviations(self) -> str | None:
        """The source of labels in two wordings."""
        ...


def load_task(task: TaskSettings, inputs: Inputs) -> TaskData:
    """Call the plug-in that `task` names with the folders of its inputs and its options, then perturb what it gave.

    Empty datasets are left out; UserError where there is nothing to train on, or nothing to test.
    """
    dataset = import_module(f"alambic.tasks.datasets.{task.task}")
    data: TaskData = dataset.load(**{role: inputs.one(role) for role in task.data}, **task.options)
    assert data.head == dataset.HEAD, f"{task.task} names head {dataset.HEAD} and gives data for {data.head}"
    data = replace(data, head=task.head)  # one of those that the dataset allows
    scored = _filled(data.test)
    if not data.train or not scored:
        raise UserError(
            f"task {task.task}: {len(data.train)} texts to train on and "
            f"{sum(map(len, scored.values()))} to test: give it more data"
        )
    wordings = read_documents(inputs.one("abbreviations")) if task.abbreviations else ()
    filled = replace(data, test=scored, calibration=_filled(data.calibration), dev=_filled(data.dev))
    return perturbed(filled, augment=task.augment, variants=task.perturb, lexicon=learn(wordings))


def _filled(part: dict[str, list[Example]]) -> dict[str, list[Example]]:
    return {name: examples for name, examples in part.items() if examples}
