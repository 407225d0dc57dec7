"""The join of the terms of all that something is made from."""

from collections.abc import Iterator, Sequence

from alambic.planning.licences.expression import unknown
from alambic.planning.licences.table import TABLE
from alambic.settings.terms import Ingredient, LicenceReport, Terms


def licence_report(ingredients: Sequence[Ingredient]) -> LicenceReport:
    """Draw the conclusions: what stands against a release, and which licences are left to choose from."""
    licences, conflicts = _left_to_choose(ingredients)
    return LicenceReport(
        ingredients=list(ingredients),
        licences=licences,
        against_open=[*_problems(ingredients, release="open"), *conflicts],
        against_research=[*_problems(ingredients, release="research"), *conflicts],
    )


def _problems(ingredients: Sequence[Ingredient], *, release: str) -> Iterator[str]:
    for ingredient in ingredients:
        terms = ingredient.terms
        if terms is None:
            remedy = unknown(ingredient.licence) if ingredient.licence else "no licence is declared"
            yield f"{ingredient}: {remedy}"
            continue
        problems = _of_outputs(terms) if ingredient.kind == "outputs" else _of_matter(terms)
        for only_open, problem in problems:
            if release == "open" or not only_open:
                yield f"{ingredient}: {problem}" + (f" ({terms.note})" if terms.note else "")


def _of_outputs(terms: Terms) -> Iterator[tuple[bool, str]]:
    """Give what stands against releasing what learnt from a model's outputs, and whether that is for any use only."""
    if terms.outputs == "forbidden":
        yield False, "its terms forbid that other models learn from its outputs"
    if terms.outputs == "bound":
        yield True, "what learns from its outputs stays under its terms, which are not open"


def _of_matter(terms: Terms) -> Iterator[tuple[bool, str]]:
    """Give what stands against releasing what holds a text or weights, and whether that is for any use only."""
    if not terms.commercial:
        yield True, "no commercial use"
    if terms.restricted:
        yield True, "a policy restricts its use"
    if not terms.redistribution:
        yield False, "it may not be passed on"
    if not terms.adaptation:
        yield False, "nothing made from it may be passed on"


def _left_to_choose(ingredients: Sequence[Ingredient]) -> tuple[list[str], list[str]]:
    """Intersect what share-alike terms allow; where nothing is left, say which two exclude each other."""
    matter = [ingredient for ingredient in ingredients if ingredient.terms and ingredient.kind != "outputs"]
    binding = [ingredient for ingredient in matter if _allowed(ingredient)]
    if not binding:
        return [], []
    left = [name for name in _allowed(binding[0]) if all(name in _allowed(other) for other in binding)]
    if not left:
        first, second = _excluding(binding)
        return [], [f"{first}, and {second}: both ask that what is made from them stays under their own licence"]
    unfree = next((ingredient for ingredient in matter if ingredient.terms and not ingredient.terms.commercial), None)
    if unfree and all(TABLE[name].commercial for name in left if name in TABLE):
        return [], [
            f"{unfree}, and {binding[0]}: the first forbids commercial use, the second that anything is forbidden"
        ]
    return left, []


def _allowed(ingredient: Ingredient) -> list[str]:
    return ingredient.terms.share_alike if ingredient.terms else []


def _excluding(binding: Sequence[Ingredient]) -> tuple[Ingredient, Ingredient]:
    """Find two that exclude each other, or else the first and the last of those that do together."""
    for index, second in enumerate(binding):
        for first in binding[:index]:
            if not set(_allowed(first)) & set(_allowed(second)):
                return first, second
    return binding[0], binding[-1]
