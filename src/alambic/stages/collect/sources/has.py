"""Publications of the Haute Autorité de santé (HAS): guidelines, guides for physicians and patients, assessments.

Holds the texts of the PDF files of TextesPublicationsHAS.zip, the data set "Textes des publications de la HAS" of
data.gouv.fr: `<kind>/<publication>/<folder>/<file>.pdf`, several GB. `kinds` chooses among them; opinions on medicines
and devices are left out by default. Titles, dates and addresses are in has-publications-split.zip (data set
"Métadonnées des publications de la HAS", `json/<kind>.json`), whose place `metadata_url` gives; with it, publications
that their title says to be withdrawn are left out. Scans without text and files that cannot be read are rejected: a
share of them is to be allowed by `max_rejected`.

This shape is that of public code that reads the real files; it was not confirmed on them where this was written.

Licence and conditions: Licence Ouverte 2.0 (etalab-2.0), as that code states; the page was not read here.
Revision: the sha256 of the archive. data.gouv.fr gives each file an address that stays,
https://www.data.gouv.fr/api/1/datasets/r/<resource>, and serves the latest version there: keep the file.
To cite: Haute Autorité de santé, https://www.has-sante.fr, with the title and the date of each publication.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.archive_members import open_members, read_members, read_whole
from alambic.stages.collect.json_lines import loads
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.portable_document import text_of_pdf

LICENCE = "etalab-2.0"
WITHDRAWN = re.compile(r"\b(retirée?|abrogée?|suspendue?|annulée?|caduque?|n.est plus en vigueur)\b", re.IGNORECASE)
DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})_")  # many files are called 2020-09-16_...

Publication = dict[str, Any]


def fetch(
    rejections: Rejections = STRICT,
    *,
    url: Annotated[str, Field(pattern=r"^https?://")],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    metadata_url: Annotated[str, Field(pattern=r"^(https?://.*)?$")] = "",
    metadata_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = "",
    kinds: list[str] = [  # noqa: B006
        "RecommandationsProfessionnelles",
        "RecommandationVaccinale",
        "GuideMedecinALD",
        "GuideMethodologique",
        "GuidePatient",
        "EvaluationDesPratiques",
        "EvaluationDesTechnologiesDeSante",
        "EtudeEtEnquete",
    ],
    licence: Annotated[str, Field(min_length=1)] = "etalab-2.0",
) -> Iterator[Document]:
    """Yield one document per PDF file of `kinds`, all kinds where the list is empty."""
    archive = bring(url, sha256)
    publications = _publications(metadata_url, metadata_sha256, kinds) if metadata_url else {}
    for name, stream in open_members(archive, "*"):
        path, place = PurePosixPath(name), f"{archive.name}/{name}"
        if path.suffix.lower() != ".pdf":
            rejections.leave_out("files other than .pdf")
            continue
        kind, publication = _place(path)
        if kinds and kind not in kinds:
            rejections.leave_out("of other kinds")
            continue
        fields = publications.get(publication, {})
        if _withdrawn(fields):
            rejections.leave_out("withdrawn")
            continue
        text, reason = _text(read_whole(stream, name))
        if reason := reason or unusable(text):
            rejections.add(place, reason)
            continue
        rejections.at(place)
        yield Document(
            id=name,
            text=text,
            source="has",
            url=str(fields.get("pageURL") or url),
            licence=licence,
            date=_date(fields, path.name),
            metadata={"kind": kind, "publication": publication, "title": str(fields.get("title") or "")},
        )


def _place(path: PurePosixPath) -> tuple[str, str]:
    """Give kind and publication, counted from the file: an archive may have a folder around all."""
    parts = ("", "", "", *path.parts)
    return parts[-4], parts[-3]


def _text(content: bytes) -> tuple[str, str]:
    try:
        text = text_of_pdf(content)
        return text, "" if text else "no text, a scan perhaps"
    except ValueError as error:
        return "", f"no PDF that can be read ({error})"


def _publications(url: str, sha256: str, kinds: list[str]) -> dict[str, Publication]:
    if not sha256:
        raise UserError(
            f"has: `metadata_url` needs its `metadata_sha256`: download {url} and give what sha256sum prints"
        )
    archive = bring(url, sha256)
    publications: dict[str, Publication] = {}
    for name, content in read_members(archive, "*.json"):
        if not kinds or PurePosixPath(name).stem in kinds:
            try:
                publications |= {str(entry["id"]): entry for entry in loads(content)}
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise UserError(f"'{name}' in {archive} is no list of the HAS's publications ({error!r})") from error
    return publications


def _withdrawn(publication: Publication) -> bool:
    return bool(WITHDRAWN.search(f"{publication.get('title') or ''} {publication.get('soustitre') or ''}"))


def _date(publication: Publication, file: str) -> str:
    match = DATE.match(file)
    return str(publication.get("publicationDate") or "")[:10] or (match[1] if match else "")
