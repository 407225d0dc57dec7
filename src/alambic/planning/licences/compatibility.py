"""The join of the terms of all that something is made from."""

from collections.abc import Iterator, Sequence

from alambic.planning.licences.expression import unknown
from alambic.planning.licences.table import TABLE
from alambic.settings.terms import Bill, Ingredient, Terms


def bill_of(ingredients: Sequence[Ingredient]) -> Bill:
    """Draw the conclusions: what stands against a release, and which licences are left to choose from."""
    licences, conflicts = _left_to_choose(ingredients)
    return Bill(
        ingredients=list(ingredients),
        licences=licences,
        against_open=[*_problems(ingredients, release="open"), *conflicts],
        against_research=[*_problems(ingredients, release="research"), *conflicts],
    )


def _problems(ingredients: Sequence[Ingredient], *, release: str) -> Iterator[str]:
    for one in ingredients:
        if one.terms is None:
            yield f"{one}: {unknown(one.licence) if one.licence else 'no licence is declared'}"
            continue
        found = _of_outputs(one.terms) if one.kind == "outputs" else _of_matter(one.terms)
        for only_open, problem in found:
            if release == "open" or not only_open:
                yield f"{one}: {problem}" + (f" ({one.terms.note})" if one.terms.note else "")


def _of_outputs(terms: Terms) -> Iterator[tuple[bool, str]]:
    """Give what stands against releasing what learnt from a model's outputs, and whether that is for any use only."""
    if terms.outputs == "forbidden":
        yield False, "its terms forbid that other models learn from what it says"
    if terms.outputs == "bound":
        yield True, "what learns from what it says stays under its terms, which are not open"


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
    matter = [one for one in ingredients if one.terms and one.kind != "outputs"]
    binding = [one for one in matter if one.terms and one.terms.share_alike]
    if not binding:
        return [], []
    left = [name for name in _allowed(binding[0]) if all(name in _allowed(one) for one in binding)]
    if not left:
        one, other = _excluding(binding)
        return [], [f"{one}, and {other}: both ask that what is made from them stays under their own licence"]
    bound = next((one for one in matter if one.terms and not one.terms.commercial), None)
    if bound and all(TABLE[name].commercial for name in left if name in TABLE):
        return [], [
            f"{bound}, and {binding[0]}: the first forbids commercial use, the second that anything is forbidden"
        ]
    return left, []


def _allowed(one: Ingredient) -> list[str]:
    return one.terms.share_alike if one.terms else []


def _excluding(binding: Sequence[Ingredient]) -> tuple[Ingredient, Ingredient]:
    """Find two that exclude each other, or else the first and the last of those that do together."""
    for place, one in enumerate(binding):
        for other in binding[:place]:
            if not set(_allowed(one)) & set(_allowed(other)):
                return other, one
    return binding[0], binding[-1]
