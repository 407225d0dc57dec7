"""The French MeSH, the thesaurus by which PubMed is indexed, translated by Inserm: terms, and notes that explain them.

Holds: some 30,000 descriptors; of each the French terms (the preferred one, and its synonyms), next to the English name
and its places in the tree, and the French notes where there are some. It is `fredesc<year>.xml`, read as a
stream: a DescriptorRecord each, whose terms are StringFR next to StringUS. Older editions, which are read too, have
`String` in both languages, French terms with identifiers `fre...` and names as `English[Français]`. The notes are the
DTD's TranslatorsScopeNote; whether today's editions have them was not confirmed where this was written.

Licence and conditions: CC BY-NC 4.0 (MeSH bilingue, Inserm): no commercial use.
Revision: the sha256 of the file, given by hand: https://mesh.inserm.fr/FrenchMesh/ offers the year's edition.
To cite: Inserm, MeSH bilingue, https://mesh.inserm.fr, with the year; National Library of Medicine, Medical Subject
Headings.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal
from xml.etree.ElementTree import Element

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked
from alambic.stages.collect.elements import read_elements, shown
from alambic.stages.collect.markup import plain
from alambic.stages.collect.pinned import bring

LICENCE = "CC-BY-NC-4.0"
BOTH = re.compile(r"^(.*)\[(.*)\]$", re.DOTALL)  # English[Français], as translations of MeSH write it
FRENCH_TERM = "fre"


def fetch(
    rejections: Rejections = STRICT,
    *,
    url: Annotated[str, Field(pattern=r"^https?://")],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    parts: Annotated[list[Literal["preferred", "synonym", "note"]], Field(min_length=1)] = [  # noqa: B006
        "preferred",
        "synonym",
        "note",
    ],
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-NC-4.0",
) -> Iterator[Document]:
    """Yield one document per French term and note of each descriptor; a term that a descriptor repeats comes once."""
    file = bring(url, sha256)
    any_term = False
    with unpacked(file, file.name) as stream:
        for rank, record in enumerate(read_elements(stream, file.name, "DescriptorRecord")):
            names = {
                "descriptor": (record.findtext("DescriptorUI") or "").strip(),
                "english": _english(record.find("DescriptorName")),
                "tree": "|".join(
                    number_in_tree.text or "" for number_in_tree in record.iterfind("TreeNumberList/TreeNumber")
                ),
            }
            place = f"{file.name}, record {rank}"
            rejections.at(place)
            texts = list(dict.fromkeys(_texts(record)))
            if not names["descriptor"]:
                rejections.add(place, "no DescriptorUI", shown(record))
                continue
            if not texts:
                rejections.leave_out("descriptors without a French term")
            for number, (part, text) in enumerate(texts):
                any_term = True
                if part in parts:
                    yield Document(
                        id=f"{names['descriptor']}/{number}",
                        text=text,
                        source="mesh_fr",
                        url=f"https://meshb.nlm.nih.gov/record/ui?ui={names['descriptor']}",
                        licence=licence,
                        metadata={"part": part, **names},
                    )
    if not any_term:
        raise UserError(
            f"{file} has no French term of MeSH: expected Inserm's fredesc<year>.xml, not NLM's desc<year>.xml"
        )


def _texts(record: Element) -> Iterator[tuple[str, str]]:
    """Yield (part, text), the preferred term first and no synonym that equals it."""
    preferred = _french(record.find("DescriptorName"))
    if preferred:
        yield "preferred", preferred
    for concept in record.iterfind("ConceptList/Concept"):
        for term in concept.iterfind("TermList/Term"):
            is_french = (term.findtext("TermUI") or "").startswith(FRENCH_TERM)
            text = _clean(term.findtext("StringFR") or (term.findtext("String") if is_french else ""))
            if text and text != preferred:
                yield "synonym", text
        note = _clean(concept.findtext("TranslatorsScopeNote"))
        if note:
            yield "note", note


def _french(name: Element | None) -> str:
    return "" if name is None else _clean(name.findtext("StringFR")) or _halves(name)[1]


def _english(name: Element | None) -> str:
    return "" if name is None else _clean(name.findtext("StringUS")) or _halves(name)[0]


def _halves(name: Element) -> tuple[str, str]:
    string = _clean(name.findtext("String"))
    both = BOTH.match(string)
    return (both[1], both[2]) if both else (string, "")


def _clean(text: str | None) -> str:
    return " ".join(plain(text or "").split())
