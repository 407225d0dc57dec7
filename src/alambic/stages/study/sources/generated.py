"""Cases that need no expertise: clues of which a person sees some and a model others, and a rule that weighs them.

Each clue has points and stands for A or B, or for circles or squares; the right answer is the side with more points.
The model applies the same rule to what it sees, and is as sure as the points that it does not see leave it.
"""

from collections.abc import Sequence
from random import Random

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Study
from alambic.settings.study import Generated
from alambic.stages.study.pool import Pool, new_item
from alambic.studies.items import Explanation, Item

NAMES = "CDEFGHIJKLMNOPQ"  # of clues: neither A nor B
BINS = ("A", "B")
SIGNS = ("●", "■")  # of an image
SHAPES = ("circles", "squares")
WORDS = {
    "circles": {"fr": "● plus de ronds", "en": "● more circles"},
    "squares": {"fr": "■ plus de carrés", "en": "■ more squares"},
}
HIDDEN = "?"
RULE = "rule"
TRIES = 500  # for each case of the pool
CELL = 24  # pixels


def gather(settings: Study, inputs: Inputs) -> Pool:
    """Generate cases until as many are right and wrong as the stated accuracy says."""
    made = settings.generated
    assert made is not None  # the settings see to it
    chance = Random(f"{settings.seed}/{settings.kind}")
    is_image = settings.kind == "image_classes"
    weights = [1] * made.clues**2 if is_image else _weights(made.clues, chance)
    wanted = {True: round(made.pool * made.accuracy)}
    wanted[False] = made.pool - wanted[True]
    items: list[Item] = []
    for _ in range(TRIES * made.pool):
        if not any(wanted.values()):
            break
        item = _case(len(items), weights, made, chance, is_image=is_image)
        if wanted[item.advice_right]:
            wanted[item.advice_right] -= 1
            items.append(item)
    else:
        raise UserError(
            f"study: generated: {wanted[False]} wrong and {wanted[True]} right answers of the model are missing after "
            f"{TRIES * made.pool:,} cases: expected another `accuracy`, `shown` or number of `clues`"
        )
    images = {item.image: _drawn(item.text) for item in items if item.image}
    return Pool(items, SHAPES if is_image else BINS, WORDS if is_image else {}, images)


def _weights(clues: int, chance: Random) -> list[int]:
    """Draw 1 to 3 points for each clue; their sum is odd, so that no case is even."""
    weights = [chance.randint(1, 3) for _ in range(clues)]
    if sum(weights) % 2 == 0:
        weights[0] = 2 if weights[0] != 2 else 3
    return weights


def _case(number: int, weights: Sequence[int], made: Generated, chance: Random, *, is_image: bool) -> Item:
    signs = [chance.choice((1, -1)) for _ in weights]
    while not _sum(weights, signs):
        signs = [chance.choice((1, -1)) for _ in weights]
    shown, seen = (_some(len(weights), made.shown, chance) for _ in range(2))
    total = _sum(weights, [sign if place in seen else 0 for place, sign in enumerate(signs)])
    side = (total > 0) - (total < 0) or chance.choice((1, -1))
    sure = _probability(side * total, [weight for place, weight in enumerate(weights) if place not in seen])
    options = SHAPES if is_image else BINS
    text, starts = _grid(signs, shown, made.clues) if is_image else _lines(weights, signs, shown)
    longest = 1 if is_image else len(f"C ({weights[0]}): ?")
    values = tuple(
        side * sign * weight / sum(weights) if place in seen else 0.0
        for place, (sign, weight) in enumerate(zip(signs, weights, strict=True))
    )
    return new_item(
        f"case {number + 1}",
        text=text,
        image=f"case-{number + 1}.svg" if is_image else "",
        options=options,
        right=options[_sum(weights, signs) < 0],
        advice=options[side < 0],
        confidence=sure,
        explanations=(Explanation(RULE, starts, tuple(start + longest for start in starts), values),),
    )


def _sum(weights: Sequence[int], signs: Sequence[int]) -> int:
    return sum(weight * sign for weight, sign in zip(weights, signs, strict=True))


def _some(count: int, share: float, chance: Random) -> set[int]:
    """Draw a share of the clues: at least one, and not all."""
    return set(chance.sample(range(count), min(count - 1, max(1, round(count * share)))))


def _probability(lead: int, unseen: Sequence[int]) -> float:
    """Say how probable it is that a lead of so many points holds, each unseen clue standing for either side."""
    sums = {lead: 1.0}
    for weight in unseen:
        after: dict[int, float] = {}
        for value, share in sums.items():
            for changed in (value + weight, value - weight):
                after[changed] = after.get(changed, 0.0) + share / 2
        sums = after
    decided = sum(share for value, share in sums.items() if value)  # no case is even
    return sum(share for value, share in sums.items() if value > 0) / decided


def _lines(weights: Sequence[int], signs: Sequence[int], shown: set[int]) -> tuple[str, tuple[int, ...]]:
    lines = [
        f"{NAMES[place]} ({weight}): {BINS[sign < 0] if place in shown else HIDDEN}"
        for place, (weight, sign) in enumerate(zip(weights, signs, strict=True))
    ]
    starts, start = [], 0
    for line in lines:
        starts.append(start)
        start += len(line) + 1
    return "\n".join(lines), tuple(starts)


def _grid(signs: Sequence[int], shown: set[int], side: int) -> tuple[str, tuple[int, ...]]:
    cells = [SIGNS[sign < 0] if place in shown else HIDDEN for place, sign in enumerate(signs)]
    rows = ["".join(cells[row * side : (row + 1) * side]) for row in range(side)]
    return "\n".join(rows), tuple(place + place // side for place in range(side * side))


def _drawn(text: str) -> str:
    """Draw signs as an SVG image: circles and squares differ in form and in colour."""
    rows = text.split("\n")
    size = CELL * len(rows)
    shapes = []
    for row, line in enumerate(rows):
        for column, sign in enumerate(line):
            x, y = column * CELL, row * CELL
            if sign == SIGNS[0]:
                shapes.append(f'<circle cx="{x + CELL / 2:g}" cy="{y + CELL / 2:g}" r="8" fill="#1f5fa8"/>')
            elif sign == SIGNS[1]:
                shapes.append(f'<rect x="{x + 5}" y="{y + 5}" width="14" height="14" fill="#c2570c"/>')
            else:
                shapes.append(f'<path d="M{x + 9} {y + 12}h6" stroke="#888" stroke-width="2"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}">'
        f'<rect width="{size}" height="{size}" fill="#fff"/>{"".join(shapes)}</svg>\n'
    )
