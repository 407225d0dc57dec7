"""Accents and cedillas that were not typed: e for é, c for ç, oe for œ."""

import unicodedata
from random import Random
from typing import Annotated

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon

JOINED = {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"}


def edits(text: str, draws: Random, lexicon: Lexicon, *, rate: Annotated[float, Field(ge=0, le=1)] = 1.0) -> list[Edit]:
    """Take the mark off a share `rate` of the letters that bear one."""
    bare_letters = [(index, _bare(letter)) for index, letter in enumerate(text)]
    return [
        Edit(index, index + 1, bare) for index, bare in bare_letters if bare != text[index] and draws.random() < rate
    ]


def _bare(letter: str) -> str:
    if letter in JOINED:
        return JOINED[letter]
    decomposed = unicodedata.normalize("NFD", letter)
    return decomposed[0] if letter.isalpha() and len(decomposed) > 1 else letter
