"""Mantra GSC: French sentences of drug labels, of titles and of patents, annotated with entities of the UMLS.

Holds: 100 units of `emea`, 100 of `medline`, 50 of `patents`; ten types of entities, or eleven, with their concepts.
`split`: the parts that DrBenchmark drew, or all. Annotations are in the metadata, in brat's format.

Licence and conditions: CC BY 4.0 for the archive GSC-v1.1 (the copy in brat's format on GitHub says GPL-3.0).
Revision: the sha256 of the archive, which the experiment gives.
To cite: Kors et al. 2015, A multilingual gold-standard corpus for biomedical concept recognition: the Mantra GSC, JAMIA
22(5), 948-956.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Annotated, Literal
from xml.etree.ElementTree import Element

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.stages.collect.annotation_exports.files import as_document
from alambic.stages.collect.annotation_exports.record import Record, checked_mark, unique
from alambic.stages.collect.archive_members import read_members
from alambic.stages.collect.elements import read_elements, shown
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.published_parts import part

LICENCE = "CC-BY-4.0"
FILES = {"emea": "EMEA_GSC", "medline": "Medline_GSC", "patents": "Patent_GSC"}


def fetch(
    rejections: Rejections = STRICT,
    *,
    subset: Literal["emea", "medline", "patents"],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    split: Literal["all", "train", "dev", "test"] = "all",
    url: Annotated[str, Field(pattern=r"^https?://")] = "https://files.ifi.uzh.ch/cl/mantra/gsc/GSC-v1.1.zip",
    language: Literal["fr", "en", "de", "es", "nl"] = "fr",
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-4.0",
) -> Iterator[Document]:
    """Yield one document per unit: a sentence, a title or a claim."""
    archive = bring(url, sha256)
    for member, content in read_members(archive, f"*{FILES[subset]}_{language}_man.xml"):
        name = f"{archive.name}/{member}"
        units = [
            (document.get("id", ""), unit)
            for document in read_elements(BytesIO(content), name, "document")
            for unit in document.iter("unit")
        ]
        for of_document, unit in part(units, split):
            place = f"{name}, unit {unit.get('id')}"
            try:
                record = _record(unit, of_document, subset)
            except (ValueError, TypeError) as error:
                rejections.add(place, f"no annotated unit ({error!s:.200})", shown(unit))
                continue
            rejections.at(place)
            yield as_document(place, record, source="mantra_gsc", licence=licence, language=language)


def _record(unit: Element, of_document: str, subset: str) -> Record:
    text = unit.findtext("text") or ""
    if reason := unusable(text):
        raise ValueError(reason)
    marks = []
    for entity in unit.iter("e"):
        start = int(entity.attrib["offset"]) if "offset" in entity.attrib else None
        end = None if start is None else start + int(entity.get("len", ""))
        marks.append(checked_mark(text, start, end, entity.get("grp", "").upper(), entity.text))
    metadata = {"subset": subset, "document": of_document}
    return Record(text, unique(marks), unit.get("id", ""), metadata)
