"""Explanations of one model by several methods, with what each took."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.neighbours import Neighbour
from alambic.stages.explain.subject import Method, Subject

Options = Mapping[str, Mapping[str, Any]]  # of plug-ins, by name


@dataclass(frozen=True, eq=False)
class Explanation:
    """How much each word of a text speaks for one answer of one model, by one method."""

    system: str
    seed: int
    dataset: str
    method: str
    method_seed: int
    case: Case
    probability: float
    values: np.ndarray  # (words,)
    seconds: float  # its share of what its batch took

    @property
    def text(self) -> tuple[str, str]:
        """The test set and the example."""
        return self.dataset, self.case.example.id

    @property
    def answer(self) -> tuple[str, str, str]:
        """The test set, the example and the answer that is explained."""
        return *self.text, self.case.target

    @property
    def unit(self) -> str:
        """What a resample draws whole."""
        return f"{self.dataset}/{self.case.example.unit or self.case.example.id}"


@dataclass(frozen=True, eq=False)
class Measured:
    """One measure of one explanation; NaN where it has none."""

    explanation: Explanation
    measure: str
    value: float


@dataclass(frozen=True)
class Explainer:
    """The methods and measures of an experiment."""

    methods: Options
    measures: Options
    method_seeds: Sequence[int]

    def explain(
        self,
        explained: Explained,
        cases: Sequence[Case],
        *,
        system: str,
        seed: int,
        dataset: str,
        repeated: bool = True,
    ) -> list[Explanation]:
        """Explain each case by each method that gives values of words, and from each seed where one draws.

        A model without gradients is explained by what hides words; `repeated`: not from the first seed alone.
        """
        probabilities, made = explained.probabilities(cases), []
        for name, options in self.methods.items():
            module = module_of(name)
            if gives_examples(module) or not (explained.differentiable or not needs(module)):
                continue
            for method_seed in self.method_seeds if repeated and draws(module) else self.method_seeds[:1]:
                begun = time.perf_counter()
                values = module.explain(explained, cases, method_seed, **options)
                seconds = (time.perf_counter() - begun) / max(len(cases), 1)
                made += [
                    Explanation(system, seed, dataset, name, method_seed, case, float(p), of_case, seconds)
                    for case, p, of_case in zip(cases, probabilities, values, strict=True)
                ]
        return made

    def neighbours(self, explained: Explained, cases: Sequence[Case]) -> dict[str, list[list[Neighbour]]]:
        """Explain each case by training examples, by the methods that give these."""
        modules = {name: module_of(name) for name in self.methods}
        return {
            name: module.explain(explained, cases, self.method_seeds[0], **self.methods[name])
            for name, module in modules.items()
            if gives_examples(module)
        }

    def measure(self, explained: Explained, explanations: Sequence[Explanation]) -> list[Measured]:
        """Measure the explanations from the first seed of their methods."""
        found: list[Measured] = []
        for name in self.methods:
            own = [e for e in explanations if e.method == name and e.method_seed == self.method_seeds[0]]
            if not own:
                continue
            subject = Subject(explained, [e.case for e in own], [e.values for e in own], self._again(name))
            for measure, options in self.measures.items():
                module = import_module(f"alambic.stages.explain.measures.{measure}")
                values = module.measure(subject, self.method_seeds[0], **options)
                found += [Measured(e, measure, value) for e, value in zip(own, values, strict=True)]
        return found

    def _again(self, name: str) -> Method:
        return partial(_explain_again, module_of(name), self.method_seeds[0], self.methods[name])


def _explain_again(
    module: ModuleType, seed: int, options: Mapping[str, Any], explained: Explained, cases: Sequence[Case]
) -> list[np.ndarray]:
    values: list[np.ndarray] = module.explain(explained, cases, seed, **options)
    return values


def module_of(method: str) -> ModuleType:
    """Import a method."""
    return import_module(f"alambic.stages.explain.methods.{method}")


def needs(module: ModuleType) -> str:
    """Say what a method needs of a model beside its scores; empty: nothing."""
    return getattr(module, "NEEDS", "")


def draws(module: ModuleType) -> bool:
    """Tell whether a method draws by its seed."""
    return getattr(module, "SEEDED", False)


def gives_examples(module: ModuleType) -> bool:
    """Tell whether a method explains by examples, and not by values of words."""
    return getattr(module, "GIVES", "words") == "examples"


def is_baseline(module: ModuleType) -> bool:
    """Tell whether a method looks at no model."""
    return getattr(module, "BASELINE", False)
