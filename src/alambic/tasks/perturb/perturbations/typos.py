"""Slips on a French keyboard: a neighbouring key, a letter dropped, doubled, or swapped with the next one.

The four kinds of edit of Damerau 1964 (doi:10.1145/363958.363994), with the keys of AZERTY.
"""

from random import Random
from typing import Annotated

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon

ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")  # each row stands half a key to the right of the one above


def _neighbours() -> dict[str, str]:
    neighbours = {}
    for r, row in enumerate(ROWS):
        for c, key in enumerate(row):
            around = [(r, c - 1), (r, c + 1), (r - 1, c), (r - 1, c + 1), (r + 1, c - 1), (r + 1, c)]
            neighbours[key] = "".join(ROWS[y][x] for y, x in around if 0 <= y < len(ROWS) and 0 <= x < len(ROWS[y]))
    return neighbours


NEIGHBOURS = _neighbours()


def edits(
    text: str, draws: Random, lexicon: Lexicon, *, rate: Annotated[float, Field(ge=0, le=1)] = 0.03
) -> list[Edit]:
    """Make a slip at a share `rate` of the letters."""
    changes: list[Edit] = []
    index = 0
    while index < len(text):
        letter, step = text[index], 1
        if letter.isalpha() and draws.random() < rate:
            edit = _slip(text, index, draws)
            changes.append(edit)
            step = edit.end - edit.start
        index += step
    return changes


def _slip(text: str, index: int, draws: Random) -> Edit:
    letter, after = text[index], text[index + 1 : index + 2]
    slips = ["drop", "double"]
    slips += ["swap"] if after.isalpha() and after != letter else []
    slips += ["neighbour"] if letter.lower() in NEIGHBOURS else []
    slip = draws.choice(slips)
    if slip == "swap":
        return Edit(index, index + 2, after + letter)
    if slip == "neighbour":
        other = draws.choice(NEIGHBOURS[letter.lower()])
        return Edit(index, index + 1, other.upper() if letter.isupper() else other)
    return Edit(index, index + 1, "" if slip == "drop" else letter + letter)
