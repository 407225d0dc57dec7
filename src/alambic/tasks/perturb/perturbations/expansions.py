"""Abbreviations written out, as the labels of a collected classification spell them."""

import re
from random import Random
from typing import Annotated

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.words import fold

SHORT = re.compile(r"[^\W\d_]+\.?")


def edits(text: str, draws: Random, lexicon: Lexicon, *, rate: Annotated[float, Field(ge=0, le=1)] = 0.5) -> list[Edit]:
    """Write out a share `rate` of the abbreviations, as one of the words that they stand for."""
    changes = []
    for match in SHORT.finditer(text):
        words = lexicon.long.get(fold(match[0]))
        if words and draws.random() < rate:
            word = draws.choice(words)
            changes.append(Edit(*match.span(), word.upper() if match[0].isupper() else word))
    return changes
