"""Short texts with entities, as a dataset gives them."""

import re

from alambic.tasks.examples import Example
from alambic.tasks.iob2 import Span, to_tags
from alambic.tasks.words import word_offsets

TYPES = ("ANAT", "CHEM", "DISO")
NAMED = {
    "toux": "DISO",
    "insuffisance du coeur": "DISO",
    "tumeur": "DISO",
    "aspirine": "CHEM",
    "digoxine": "CHEM",
    "foie": "ANAT",
}
TEXTS = (
    "une toux sous aspirine",
    "insuffisance du coeur, digoxine",
    "tumeur du foie et toux",
    "sans traitement aujourd'hui",
    "aspirine puis digoxine puis aspirine",
    "le foie est normal",
)


def example_of(name: str, text: str, named: dict[str, str]) -> Example:
    """Tag every place where a name stands in a text."""
    words = word_offsets(text)
    spans = [
        Span(match.start(), match.end(), label)
        for surface, label in named.items()
        for match in re.finditer(re.escape(surface), text)
    ]
    return Example(name, text, to_tags(words, sorted(spans)), words)


def entity_examples() -> list[Example]:
    """Make examples of all texts."""
    return [example_of(str(number), text, NAMED) for number, text in enumerate(TEXTS)]
