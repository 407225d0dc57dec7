"""A text in capitals, as certificates and coders' notes are often typed."""

from random import Random
from typing import Annotated

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon


def edits(text: str, draws: Random, lexicon: Lexicon, *, rate: Annotated[float, Field(ge=0, le=1)] = 1.0) -> list[Edit]:
    """Write a share `rate` of the texts in capitals."""
    if draws.random() >= rate:
        return []
    return [Edit(n, n + 1, letter.upper()) for n, letter in enumerate(text) if letter.upper() != letter]
