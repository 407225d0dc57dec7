"""What a baseline without a model does, and where one is found by its name."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from inspect import signature
from typing import Protocol

from alambic.tasks.examples import Answer, Example


class Baseline(Protocol):
    """Predicts without a model."""

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Give one answer per example."""
        ...


def fit_baseline(
    name: str, examples: Sequence[Example], label_texts: Mapping[str, tuple[str, ...]] | None = None
) -> Baseline:
    """Fit the module `name` of `tasks/baselines` to training examples, and to what labels stand for if it takes it."""
    fit = import_module(f"alambic.tasks.baselines.{name}").fit
    takes_texts = "label_texts" in signature(fit).parameters
    baseline: Baseline = fit(examples, label_texts or {}) if takes_texts else fit(examples)
    return baseline
