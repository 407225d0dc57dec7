"""DiaMED: French clinical cases of the Pan African Medical Journal and others, each with its chapter of ICD-10.

Holds 739 cases: 509 to learn from, 76 to tune on, 154 for testing. The text is the case; the column `label` its
chapter, such as `I00-I99  Diseases of the circulatory system`; title, topic, keywords, domain and journal stand beside
it. A case that its annotators left without a chapter, or that holds several cases, is left out, as DrBenchmark does.

Licence and conditions: CC BY 4.0 (its card on the hub); each text has its own in its metadata.
Revision: the sha256 of the archive (1.2 GB, most of it figures), which the experiment gives.
To cite: Labrak et al. 2024, DrBenchmark: A Large Language Understanding Evaluation Benchmark for French Biomedical
Domain, LREC-COLING 2024; and the authors of each text.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.archive_members import read_members
from alambic.stages.collect.json_lines import loads
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.values import as_text, as_whole_text

LICENCE = "CC-BY-4.0"
FILES = {"train": "train", "dev": "validation", "test": "test"}
WITHOUT = ("nan", "Plusieurs cas cliniques", "Aucune annotation")  # what stands where there is no chapter
COLUMNS = {"title": "title", "topic": "topic", "keywords": "keywords", "domain": "domain", "journal": "source_name"}


def fetch(
    rejections: Rejections = STRICT,
    *,
    split: Literal["train", "dev", "test"],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    url: Annotated[
        str, Field(pattern=r"^https?://")
    ] = "https://huggingface.co/datasets/Dr-BERT/DiaMED/resolve/main/data.zip",
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-4.0",
) -> Iterator[Document]:
    """Yield one document per case with a chapter."""
    archive = bring(url, sha256)
    for member, content in read_members(archive, f"*splits/{FILES[split]}.json"):
        name = f"{archive.name}/{member}"
        try:
            cases = loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{name} is no list of cases as DiaMED has them ({error!r:.200})") from error
        for rank, case in enumerate(cases):
            place = f"{name}, case {rank}"
            try:
                chapter = as_text(case["icd-10"]).strip()
                if not chapter or any(chapter == mark or mark in chapter[:40] for mark in WITHOUT):
                    rejections.leave_out("cases without one chapter")
                    continue
                document = _document(case, chapter, url, licence)
            except (ValueError, KeyError, TypeError) as error:
                rejections.add(place, f"no case as DiaMED has them ({error!r:.200})", str(case))
                continue
            rejections.at(place)
            yield document


def _document(case: dict[str, Any], chapter: str, url: str, licence: str) -> Document:
    text = as_whole_text(case["clinical_case"], "utf-8").strip()
    if reason := unusable(text):
        raise ValueError(reason)
    columns = {name: as_text(case.get(column)) for name, column in COLUMNS.items()}
    return Document(
        id=as_whole_text(case["identifier"], "utf-8"),
        text=text,
        source="diamed",
        url=as_text(case.get("source_url")) or url,
        licence=licence,
        date=as_text(case.get("published_at")),
        metadata={"label": chapter, **columns, "text_licence": as_text(case.get("license"))},
    )
