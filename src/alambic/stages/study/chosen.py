"""Which items of a pool people meet: as many with wrong advice as was asked for, alike in each block."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from alambic.errors import UserError
from alambic.settings import Study
from alambic.studies.items import Item


@dataclass(frozen=True)
class Chosen:
    """Items for practice, and as many sets of main items as there are blocks."""

    practice: Sequence[Item]
    sets: Sequence[Sequence[Item]]

    @property
    def main(self) -> list[Item]:
        """Give the items of all sets."""
        return [item for of_set in self.sets for item in of_set]


def choose(settings: Study, pool: Sequence[Item]) -> Chosen:
    """Choose by the seed; UserError where too few are right or wrong, or the model's confidence is not known."""
    chance = Random(f"{settings.seed}/items")
    wrong = [item for item in pool if not item.advice_right] if settings.with_model else []
    right = [item for item in pool if item.advice_right] if settings.with_model else list(pool)
    practice = round(settings.practice * settings.wrong_advice) if settings.with_model else 0
    counts = ((wrong, settings.wrong, practice), (right, settings.items - settings.wrong, settings.practice - practice))
    for (there, asked, before), name in zip(counts, ("wrong", "right"), strict=True):
        if len(there) < asked + before:
            raise UserError(
                f"study: the source has {len(there)} items with {name} answers of the model, expected {asked} and "
                f"{before} for practice: ask for fewer `items`, another `wrong_advice`, or bring more"
            )
    if settings.confidence != "drawn" and any(math.isnan(item.confidence) for item in pool):
        raise UserError(
            f"study: confidence: {settings.confidence}: the source does not tell how sure the model was of each item: "
            "expected `confidence: drawn`"
        )
    chosen_wrong = _some(wrong, settings.wrong, settings.confidence, chance)
    asked = settings.items - settings.wrong
    if settings.confidence == "matched" and chosen_wrong:
        chosen_right = _alike(right, asked, [item.confidence for item in chosen_wrong])
    else:
        chosen_right = _some(right, asked, settings.confidence, chance)
    sets: list[list[Item]] = [[] for _ in settings.conditions]
    for items in (chosen_wrong, chosen_right):
        _deal(items, sets, settings.confidence, chance)
    taken = {item.source for item in (*chosen_wrong, *chosen_right)}
    trial = [
        item
        for there, _, before in counts
        for item in chance.sample([item for item in there if item.source not in taken], before)
    ]
    return Chosen(chance.sample(trial, len(trial)), sets)


def _some(items: Sequence[Item], count: int, how: str, chance: Random) -> list[Item]:
    """Draw by chance, or one of each of as many slices as are drawn, from the least sure to the surest."""
    if how == "drawn":
        return chance.sample(items, count)
    ordered = sorted(chance.sample(items, len(items)), key=lambda item: item.confidence)
    ends = [len(ordered) * place // max(count, 1) for place in range(count + 1)]
    return [ordered[chance.randrange(start, end)] for start, end in pairwise(ends)]


def _alike(items: Sequence[Item], count: int, confidences: Sequence[float]) -> list[Item]:
    """Take the items whose confidence is nearest to those of others, spread as they are."""
    ordered, left, taken = sorted(confidences), list(items), []
    for place in range(count):
        target = ordered[int((place + 0.5) * len(ordered) / count)]
        nearest = min(left, key=lambda item: (abs(item.confidence - target), item.source))
        left.remove(nearest)
        taken.append(nearest)
    return taken


def _deal(items: Sequence[Item], sets: Sequence[list[Item]], how: str, chance: Random) -> None:
    """Deal items to sets in rounds of neighbours in confidence, the surest one to the set that is least sure so far."""
    ordered = chance.sample(items, len(items))
    if how != "drawn":
        ordered.sort(key=lambda item: item.confidence)
    for start in range(0, len(ordered), len(sets)):
        some = ordered[start : start + len(sets)]
        places = chance.sample(range(len(sets)), len(sets))
        if how != "drawn":
            places.sort(key=lambda place: -sum(item.confidence for item in sets[place]))
        for item, place in zip(some, places, strict=True):
            sets[place].append(item)
