"""How alike explanations of one answer are: between methods, seeds, models, forms of a model, copies of a text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from alambic.settings.explain import RANDOM
from alambic.stages.explain.averages import Mean, by_unit, mean_of_seeds
from alambic.stages.explain.explanations import Explanation, is_baseline, module_of
from alambic.stages.explain.likeness import overlap, spearman

Key = tuple[str, str, str, str]  # what varies, the method, the one and the other


@dataclass(frozen=True)
class Alike:
    """Two explanations of one answer."""

    varies: str  # methods, method_seeds, model_seeds, systems, int8 or perturbation
    method: str  # by which both are; empty where methods are compared
    first: str
    second: str
    unit: str
    answer: tuple[str, str, str]
    spearman: float
    overlap: float


@dataclass(frozen=True)
class Variation:
    """How alike explanations are on average; `unmatched` are answers that only one of the two has."""

    varies: str
    method: str
    first: str
    second: str
    spearman: Mean
    overlap: Mean
    unmatched: int

    def as_record(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return asdict(self)


def compared(one: Explanation, other: Explanation, varies: str, names: tuple[str, str, str], *, top: float) -> Alike:
    """Compare two explanations of one text's words."""
    likeness = spearman(one.values, other.values), overlap(one.values, other.values, top)
    return Alike(varies, *names, one.unit, one.answer, *likeness)


def between(explanations: Sequence[Explanation], *, top: float) -> tuple[list[Alike], dict[Key, int]]:
    """Compare methods, seeds of methods and of models, and models; count the answers that one side alone has."""
    first_seed = min((e.method_seed for e in explanations), default=0)
    main = [e for e in explanations if e.method_seed == first_seed or not _is_drawn(e)]
    found: list[Alike] = []
    unmatched: dict[Key, int] = defaultdict(int)
    for varies, group, name, of in (
        ("methods", lambda e: (e.system, e.seed), lambda e: e.method, main),
        ("method_seeds", lambda e: (e.method, e.system, e.seed), lambda e: f"seed {e.method_seed}", explanations),
        ("model_seeds", lambda e: (e.method, e.system), lambda e: f"{e.system}, seed {e.seed}", main),
        ("systems", lambda e: (e.method, e.seed), lambda e: e.system, main),
    ):
        groups: dict[Any, dict[str, dict[Any, Explanation]]] = defaultdict(lambda: defaultdict(dict))
        for each in of:
            groups[group(each)][name(each)][each.answer] = each
        for key, sides in groups.items():
            method = "" if varies == "methods" else key[0]
            for one, other in combinations(sides, 2):
                names = (method, one, other)
                both = sides[one].keys() & sides[other].keys()
                unmatched[varies, *names] += len(sides[one].keys() ^ sides[other].keys())
                found += [
                    compared(sides[one][answer], sides[other][answer], varies, names, top=top)
                    for answer in sorted(both)
                ]
    return found, dict(unmatched)


def _is_drawn(explanation: Explanation) -> bool:
    return bool(getattr(module_of(explanation.method), "SEEDED", False))


def averaged(
    alike: Iterable[Alike], unmatched: dict[Key, int], *, resamples: int, confidence: float
) -> Iterator[Variation]:
    """Average over texts what is compared with one another."""
    groups: dict[Key, list[Alike]] = defaultdict(list)
    for each in alike:
        groups[each.varies, each.method, each.first, each.second].append(each)
    for key, of in groups.items():
        correlation, shared = (
            mean_of_seeds(
                [by_unit((each.unit, getattr(each, name)) for each in of)], resamples=resamples, confidence=confidence
            )
            for name in ("spearman", "overlap")
        )
        if correlation is not None and shared is not None:
            yield Variation(*key, correlation, shared, unmatched.get(key, 0))


def agreement(alike: Iterable[Alike]) -> dict[tuple[str, str], float]:
    """Give of each text the mean rank correlation of the methods that look at the model, by test set and example."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for each in alike:
        sides = (each.first, each.second)
        if each.varies == "methods" and RANDOM not in sides and not any(is_baseline(module_of(name)) for name in sides):
            found[each.answer[:2]].append(each.spearman)
    means = {text: [value for value in values if value == value] for text, values in found.items()}
    return {text: sum(values) / len(values) for text, values in means.items() if values}
