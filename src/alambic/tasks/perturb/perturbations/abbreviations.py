"""Words written short, as the labels of a collected classification abbreviate them."""

import re
from random import Random
from typing import Annotated

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.words import fold

WORD = re.compile(r"[^\W\d_]+")


def edits(text: str, draws: Random, lexicon: Lexicon, *, rate: Annotated[float, Field(ge=0, le=1)] = 0.5) -> list[Edit]:
    """Abbreviate a share `rate` of the words that have a short form."""
    changes = []
    for match in WORD.finditer(text):
        forms = lexicon.short.get(fold(match[0]))
        if forms and draws.random() < rate:
            form = draws.choice(forms)
            changes.append(Edit(*match.span(), form.upper() if match[0].isupper() else form))
    return changes
