"""Orphadata, the nomenclature of rare diseases of Orphanet: names, synonyms and definitions.

Holds: disorders, groups and subtypes with their French names; a paragraph of definition for many; the codes of other
classifications (ICD-10, OMIM, UMLS, MeSH...) with each, with how exactly they correspond. It is the file
`<language>_product1.xml` (root JDBOR, a Disorder each), read as a stream.

Licence and conditions: CC BY 4.0, which the file itself states; a file that states another licence is an error.
Revision: the sha256 of the file; the address always serves the latest edition (a new one in June and December), so
keep the file. An edition's date is the documents' date.
To cite: Orphadata: Free access data from Orphanet, © INSERM 1999, available on https://www.orphadata.com, with the
date of the edition.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from xml.etree.ElementTree import Element

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked
from alambic.stages.collect.elements import read_elements, read_root, shown
from alambic.stages.collect.markup import as_read
from alambic.stages.collect.pinned import bring

LICENCE = "CC-BY-4.0"
SITE = "https://www.orphadata.com/data/xml"


def fetch(
    rejections: Rejections = STRICT,
    *,
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    url: Annotated[str, Field(pattern=r"^(https?://.*)?$")] = "",
    parts: Annotated[list[Literal["name", "synonym", "definition"]], Field(min_length=1)] = [  # noqa: B006
        "name",
        "synonym",
        "definition",
    ],
    language: Literal["fr", "en", "de", "es", "it", "nl", "pl", "pt"] = "fr",
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-4.0",
) -> Iterator[Document]:
    """Yield one document per name, synonym and definition of each disorder."""
    file = bring(url or f"{SITE}/{language}_product1.xml", sha256)
    edition = _edition(file, licence)
    with unpacked(file, file.name) as stream:
        for rank, disorder in enumerate(read_elements(stream, file.name, "Disorder")):
            code = disorder.findtext("OrphaCode") or disorder.findtext("OrphaNumber") or ""
            names = {
                "orpha": code.strip(),
                "type": _text(disorder.find("DisorderType/Name")),
                "references": "|".join(_references(disorder)),
            }
            place = f"{file.name}, disorder {rank}"
            rejections.at(place)
            if not names["orpha"] or not _text(disorder.find("Name")):
                rejections.add(place, "no OrphaCode or no Name", shown(disorder))
                continue
            for part, number, text in _texts(disorder):
                if part in parts and text:
                    yield Document(
                        id=f"{names['orpha']}/{part}" + (f"/{number}" if part == "synonym" else ""),
                        text=text,
                        source="orphadata",
                        url=_text(disorder.find("ExpertLink")),
                        licence=licence,
                        language=language,
                        date=edition,
                        metadata={"part": part, **names},
                    )


def _edition(file: Path, licence: str) -> str:
    """Read the date of the edition; UserError where it is another file, or states another licence."""
    with unpacked(file, file.name) as stream:
        root = read_root(stream, file.name)
    with unpacked(file, file.name) as stream:  # the licence is before the first disorder, or nowhere
        stated = next(
            (element.text for element in read_elements(stream, file.name, "ShortIdentifier", "Disorder")), None
        )
    if root.tag != "JDBOR":
        raise UserError(f"{file} is no file of Orphadata: its root is {root.tag}, expected JDBOR")
    if stated and stated.strip() and stated.strip().lower() != licence.lower():
        raise UserError(f"{file} states the licence '{stated.strip()}', the experiment says '{licence}': correct it")
    return root.get("date", "")[:10]


def _texts(disorder: Element) -> Iterator[tuple[str, int, str]]:
    yield "name", 0, _text(disorder.find("Name"))
    for number, synonym in enumerate(disorder.iterfind("SynonymList/Synonym")):
        yield "synonym", number, _text(synonym)
    sections = disorder.iterfind("SummaryInformationList/SummaryInformation/TextSectionList/TextSection/Contents")
    yield "definition", 0, "\n".join(filter(None, map(_text, sections)))


def _references(disorder: Element) -> Iterator[str]:
    """Give the codes of other classifications, such as `ICD-10:E75.2 (NTBT...)`."""
    for reference in disorder.iterfind("ExternalReferenceList/ExternalReference"):
        relation = _text(reference.find("DisorderMappingRelation/Name"))
        exactness = f" ({relation.split(' ')[0]})" if relation else ""
        yield f"{_text(reference.find('Source'))}:{_text(reference.find('Reference'))}{exactness}"


def _text(element: Element | None) -> str:
    """Give an element's text without the HTML that some texts have, such as <i>."""
    return as_read("".join(element.itertext())) if element is not None else ""
