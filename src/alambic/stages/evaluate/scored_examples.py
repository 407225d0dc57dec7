"""The examples that were answered, loaded again from their sources: predictions hold no texts."""

from collections.abc import Callable
from importlib import import_module

from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples
from alambic.settings import Evaluate
from alambic.settings.robustness import PERTURBED
from alambic.tasks.examples import Example, TaskData


def load_data(settings: Evaluate, inputs: Inputs) -> TaskData:
    """Load the data of the task that is scored, without perturbations."""
    chosen = settings.dataset
    load: Callable[..., TaskData] = import_module(f"alambic.tasks.datasets.{chosen.task}").load
    return load(**{role: inputs.one(role) for role in chosen.data}, **chosen.options)


def examples_of(part: PredictedExamples, data: TaskData) -> list[Example]:
    """Give the examples of a test set in the order of its predictions; of a perturbed one, as they were before."""
    by_id = {example.id: example for example in data.test[part.dataset.partition(PERTURBED)[0]]}
    return [by_id[name] for name in part.ids]
