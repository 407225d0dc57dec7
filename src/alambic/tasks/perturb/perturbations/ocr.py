"""Letters that a reader of scans takes for others: m for rn, 0 for O, 1 for l."""

import re
from random import Random
from typing import Annotated

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon

# Shapes that are alike, each taken for another of its line.
ALIKE = (
    ("m", "rn", "nn"), ("d", "cl"), ("w", "vv"), ("h", "b"), ("u", "n"), ("e", "c", "o"), ("é", "e", "è", "ê"),
    ("à", "a", "â"), ("i", "l", "1", "I"), ("O", "0", "Q"), ("o", "0"), ("S", "5"), ("B", "8"), ("Z", "2"), ("g", "9"),
    ("ç", "c"), ("f", "t"),
)  # fmt: skip


def _taken_for() -> dict[str, tuple[str, ...]]:
    taken_for: dict[str, tuple[str, ...]] = {}
    for line in ALIKE:
        for shape in line:
            others = (other for other in line if other != shape)
            taken_for[shape] = tuple(dict.fromkeys((*taken_for.get(shape, ()), *others)))
    return taken_for


TAKEN_FOR = _taken_for()
SHAPE = re.compile("|".join(sorted(map(re.escape, TAKEN_FOR), key=len, reverse=True)))


def edits(
    text: str, draws: Random, lexicon: Lexicon, *, rate: Annotated[float, Field(ge=0, le=1)] = 0.03
) -> list[Edit]:
    """Misread a share `rate` of the shapes that look like others."""
    return [
        Edit(*match.span(), draws.choice(TAKEN_FOR[match[0]]))
        for match in SHAPE.finditer(text)
        if draws.random() < rate
    ]
