"""The data of the task that is scored: its texts, and what was learnt from."""

from collections.abc import Callable
from importlib import import_module

from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples
from alambic.settings import Evaluate
from alambic.settings.robustness import PERTURBED
from alambic.tasks.examples import Example, TaskData


def load_data(settings: Evaluate, inputs: Inputs) -> TaskData:
    """Read the task's data as they are, without perturbation."""
    chosen = settings.dataset
    load: Callable[..., TaskData] = import_module(f"alambic.tasks.datasets.{chosen.task}").load
    return load(**{role: inputs.one(role) for role in chosen.data}, **chosen.options)


def examples_of(part: PredictedExamples, data: TaskData) -> list[Example]:
    """Give the examples of a test set, in the order of its answers; of a perturbed one those that it was made from."""
    by_id = {example.id: example for example in data.test[part.dataset.partition(PERTURBED)[0]]}
    return [by_id[name] for name in part.ids]
