"""What a baseline without a model does, and where one is found by its name."""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from alambic.tasks.examples import Answer, Example


class Baseline(Protocol):
    """Predicts without a model."""

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Give one answer per example."""
        ...


def fit_baseline(name: str, examples: Sequence[Example]) -> Baseline:
    """Fit the module `name` of `tasks/baselines` to training examples."""
    baseline: Baseline = import_module(f"alambic.tasks.baselines.{name}").fit(examples)
    return baseline
