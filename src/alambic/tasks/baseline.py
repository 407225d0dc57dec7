"""What a baseline without a model does, and where one is found by its name."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol

from alambic.tasks.examples import Answer, Example


class Baseline(Protocol):
    """Predicts without a model."""

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Give one answer per example."""
        ...


class SureBaseline(Baseline, Protocol):
    """One that says how sure it is."""

    def predict_sure(self, examples: Sequence[Example]) -> list[tuple[Answer, float]]:
        """Give one answer per example, and its confidence from 0 to 1."""
        ...


def fit_baseline(
    name: str, examples: Sequence[Example], label_texts: Mapping[str, tuple[str, ...]] | None = None
) -> Baseline:
    """Fit the module `name` of `tasks/baselines` to training examples.

    One that says `READS_LABEL_TEXTS = True` is given what labels say too.
    """
    module = import_module(f"alambic.tasks.baselines.{name}")
    further = (label_texts or {},) if getattr(module, "READS_LABEL_TEXTS", False) else ()
    baseline: Baseline = module.fit(examples, *further)
    return baseline


def says_how_sure(name: str) -> bool:
    """Tell whether the module `name` makes a `SureBaseline`, by its constant `GIVES_CONFIDENCE`."""
    return bool(getattr(import_module(f"alambic.tasks.baselines.{name}"), "GIVES_CONFIDENCE", False))
