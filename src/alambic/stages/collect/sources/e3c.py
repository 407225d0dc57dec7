"""E3C: French clinical cases and drug leaflets, some annotated with clinical entities, events and times.

Holds, of release 2.0.0: `layer1`, 81 cases annotated by hand; `layer2`, 168 cases annotated by programs, of which
people corrected some (`layer2_validated`); `layer3`, 25,740 texts without annotation, most of them leaflets that come
twice. Annotations are in the metadata, in brat's format, with their UMLS concepts, as the task `quaero_entities` reads
them; events, relations and other attributes stay in the archive. Layer 1 has a test part, the other layers have none.

Licence and conditions: CC BY-NC for the corpus (its README); each text has its own, mostly CC BY 4.0, in its metadata.
Revision: the sha256 of the archive, such as https://github.com/hltfbk/E3C-Corpus/archive/refs/tags/v2.0.0.zip. GitHub
makes such archives when they are asked for, and may pack them in another way one day: keep the file.
To cite: Magnini et al. 2020, The E3C Project: Collection and Annotation of a Multilingual Corpus of Clinical Cases,
CLiC-it 2020; and the authors of each text.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.data.standoff import read_entities
from alambic.errors import UserError
from alambic.stages.collect.archive_members import read_members
from alambic.stages.collect.json_lines import loads
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.values import as_text, as_whole_text
from alambic.stages.collect.xmi import as_brat, read_xmi

LICENCE = "CC-BY-NC-4.0"
PLACES = {
    "layer1": "data_annotation/{language}/layer1/*.xml",
    "layer2": "data_annotation/{language}/layer2/*.xml",
    "layer2_validated": "data_validation/{language}/layer2/*.xml",
    "layer3": "data_collection/{language}/layer3/*.json",
}
FOLDERS = {"fr": "French", "en": "English", "it": "Italian", "es": "Spanish", "eu": "Basque"}


def fetch(
    rejections: Rejections = STRICT,
    *,
    layer: Literal["layer1", "layer2", "layer2_validated", "layer3"],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    url: Annotated[
        str, Field(pattern=r"^https?://")
    ] = "https://github.com/hltfbk/E3C-Corpus/archive/refs/tags/v2.0.0.zip",
    entities: list[str] = ["CLINENTITY"],  # noqa: B006
    language: Literal["fr", "en", "it", "es", "eu"] = "fr",
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-NC-4.0",
) -> Iterator[Document]:
    """Yield one document per text of `layer`, annotated with `entities` (BODYPART, ACTOR, RML, TIMEX3...)."""
    pattern = "*" + PLACES[layer].format(language=FOLDERS[language])
    archive = bring(url, sha256)
    for member, content in read_members(archive, pattern):
        name, place = PurePosixPath(member).stem, f"{archive.name}/{member}"
        try:
            text, fields = _annotated(content, entities) if member.endswith(".xml") else _plain(content)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UserError) as error:
            rejections.add(place, f"no text of E3C ({error!s:.200}): is it release 2.0.0?")
            continue
        if reason := unusable(text):
            rejections.add(place, reason, text)
            continue
        rejections.at(place)
        yield Document(
            id=f"{layer}/{name}",
            text=text,
            source="e3c",
            url=fields.pop("url") or url,
            licence=licence,
            language=language,
            date=fields.pop("date"),
            metadata={"layer": layer, **fields},
        )


def _annotated(content: bytes, entities: list[str]) -> tuple[str, dict[str, str]]:
    document = read_xmi(content)
    fields = document.features.get("METADATA", [{}])[0]
    annotations = as_brat(document, entities, concept="entityID")
    read_entities(annotations, document.text)  # or the task would stop at it
    return document.text, {
        "url": fields.get("docUrl", ""),
        "date": fields.get("docTime", ""),
        "doi": fields.get("docDOI", ""),
        "authors": " ".join(fields.get("docAuthor", "").split()),
        "text_licence": fields.get("docLicense", ""),
        "annotations": annotations,
    }


def _plain(content: bytes) -> tuple[str, dict[str, str]]:
    fields: dict[str, Any] = loads(content.decode("utf-8-sig"))
    return as_whole_text(fields["text"], "utf-8"), {
        "url": as_text(fields.get("url")),
        "date": as_text(fields.get("publication_date")),
        "doi": as_text(fields.get("doi")),
        "authors": "; ".join(as_text(author["author"]).strip() for author in fields.get("authors") or []),
        "text_licence": as_text(fields.get("licence")),
    }
