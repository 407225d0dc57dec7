"""A person's files, read as the source and the task would read them, and counted."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alambic.commands.check import certificates
from alambic.commands.check.choices import OWN_DATA
from alambic.commands.check.formats import TABLE, guess
from alambic.data.documents import Document
from alambic.data.local_data import folder_digest
from alambic.data.rejected import Rejected, Rejections, unusable
from alambic.errors import UserError
from alambic.settings.base import describe
from alambic.settings.corpus import Collect
from alambic.tasks.flat_entities import flatten, read_spans
from alambic.tasks.own_labels import one_label, several_labels
from alambic.tasks.words import fold

EXPORTS = ("conll", "doccano", "label_studio", "prodigy", "spacy")
WITHOUT_COUNTS = ("annotations", "codes")  # columns that hold more than a value
MOST_VALUES = 50  # of a column, above which it is not counted value by value


@dataclass(frozen=True)
class Request:
    """Files, and what is said of them."""

    path: Path
    form: str = ""
    text_column: str = ""
    label_column: str = ""
    second_column: str = ""
    separator: str = ""
    options: Mapping[str, str] = field(default_factory=dict)  # further ones of the source
    licence: str = OWN_DATA
    columns: Mapping[str, str] = field(default_factory=dict)  # of death certificates, that bear other names


class Listed(Rejections):
    """Allows any share of rejections, and keeps the first `most_listed`."""

    def __init__(self, most_listed: int) -> None:
        super().__init__(most=1.0)
        self.most_listed, self.listed = most_listed, list[Rejected]()
        self.reasons: Counter[str] = Counter()

    def add(self, place: str, reason: str, content: str = "", *, rows: int = 1) -> None:
        """Reject what stands at `place`."""
        super().add(place, reason, content, rows=rows)
        self.reasons[reason] += 1
        if len(self.listed) < self.most_listed:
            self.listed.append(Rejected(place, reason, content))


@dataclass
class Survey:
    """What was read, and the settings that read it so."""

    form: str
    collect: dict[str, Any]  # of an item
    task: dict[str, Any]  # without its data; empty where the files say of no answer
    rejections: Listed
    texts: int = 0
    words: int = 0
    repeated: int = 0
    columns: dict[str, Counter[str]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    overlapping: int = 0  # spans that are in the way of others
    certificates: dict[str, bool] = field(default_factory=dict)  # whether each is coded


def survey(request: Request, *, most_listed: int = 20) -> Survey:
    """Read everything once; UserError where it cannot be told what to read."""
    if not request.path.exists():
        raise UserError(f"{request.path} does not exist: give a file or a folder")
    form = request.form or _form(request)
    source, *more = _source(request, form).items()
    pinned = {"path": str(request.path.absolute()), "digest": folder_digest(request.path), "licence": request.licence}
    if form == certificates.FORM and request.licence == OWN_DATA:
        del pinned["licence"]  # the source names that of an agreement
    collect = dict([source]) | pinned | dict(more) | dict(request.options)
    found = Survey(form, collect, {}, Listed(most_listed))
    plugin = import_module(f"alambic.stages.collect.sources.{collect['source']}")
    placed = [
        (_place(document.id, found.rejections), document)
        for document in plugin.fetch(found.rejections, **_checked(collect))
        if _is_text(document, found.rejections)
    ]
    found.task = _task(request, [document for _, document in placed])
    seen: set[str] = set()
    texts: set[bytes] = set()
    for place, document in placed:
        reason = "" if document.id not in seen else f"the id '{document.id:.60}' was given before"
        reason = reason or _count_answer(document, found)
        seen.add(document.id)
        if reason:
            found.rejections.add(place, reason, document.text)
            continue
        found.rejections.accept()
        key = hashlib.blake2b(fold(document.text).strip().encode(), digest_size=12).digest()
        found.repeated += key in texts
        texts.add(key)
        found.texts += 1
        found.words += len(document.text.split())
        for column, value in document.metadata.items():
            if column not in WITHOUT_COUNTS:
                values = found.columns.setdefault(column, Counter())
                if len(values) <= MOST_VALUES:
                    values[value] += 1
    return found


def _form(request: Request) -> str:
    """Name the format; a column of texts or of labels that is named says that these are no certificates."""
    named = request.text_column or request.label_column
    if request.columns or (not named and certificates.is_certificates(request.path, request.columns)):
        return certificates.FORM
    return guess(request.path)


def _source(request: Request, form: str) -> dict[str, Any]:
    if form == certificates.FORM:
        if request.text_column:
            raise UserError("--text-column: of death certificates give --column text=NAME")
        return {"source": form, **({"columns": dict(request.columns)} if request.columns else {})}
    if request.columns:
        raise UserError(f"--column: of death certificates, and the files are read as {form}")
    if form in EXPORTS:
        if request.text_column:
            raise UserError(f"--text-column: a file of {form} has none, its format says where the text is")
        return {"source": "annotated_texts", "format": form}
    if form == "brat":
        return {"source": "brat"}
    given = {"text_column": request.text_column} if request.text_column else {}
    return {"source": "folder" if form == TABLE else "saved_dataset", **given}


def _place(identifier: str, rejections: Rejections) -> str:
    """Say where a document stands: where its reader said, or by its rank: "notes.csv#2" -> "notes.csv, row 3"."""
    place = rejections.place
    rejections.at("")  # of this document alone
    if place:
        return place
    file, _, rank = identifier.rpartition("#")
    return f"{file}, row {int(rank) + 1}" if file and rank.isdecimal() else identifier


def _checked(collect: dict[str, Any]) -> dict[str, Any]:
    """Give the options of the source, defaults included; UserError where it has no such option."""
    try:
        return Collect.model_validate(collect).options
    except ValidationError as error:
        keys = list(Collect.model_fields)
        raise UserError("; ".join(describe(detail, "", keys) for detail in error.errors())) from error


def _is_text(document: Document, rejections: Rejections) -> bool:
    if reason := unusable(document.text):
        rejections.add(document.id, reason, document.text)
    return not reason


def _task(request: Request, documents: Iterable[Document]) -> dict[str, Any]:
    """Say which task these documents are for; none where nothing was said of an answer, and nothing is marked."""
    documents = list(documents)
    if any("certificate" in document.metadata and document.source == certificates.FORM for document in documents):
        return dict(certificates.TASK)
    if any("annotations" in document.metadata for document in documents):
        return {"task": "entities"}
    column = request.label_column or ("label" if any("label" in d.metadata for d in documents) else "")
    if not column:
        return {}
    for option, name in (("--label-column", column), ("--second-column", request.second_column)):
        if name and documents and not any(name in document.metadata for document in documents):
            columns = sorted({name for document in documents for name in document.metadata})
            raise UserError(f"{option} {name}: no such column; the columns: {', '.join(columns) or 'none'}")
    named = {"label_column": column}
    if request.second_column:
        return {"task": "text_pairs", "second_column": request.second_column, **named}
    cells = [cell for document in documents if (cell := one_label(document, column))]
    if request.separator or (cells and all(cell.startswith("[") and cell.endswith("]") for cell in cells)):
        given = {"separator": request.separator} if request.separator else {}
        return {"task": "text_multilabels", **named, **given}
    return {"task": "text_labels", **named}


def _count_answer(document: Document, found: Survey) -> str:
    """Count the labels or entities of a document; say why the task would refuse it, or nothing."""
    task = found.task
    if not task:
        return ""
    if task["task"] == "entities":
        return _count_entities(document, found)
    if task == certificates.TASK:
        found.answers.update(certificates.codes_of(document))
        found.certificates[document.metadata["certificate"]] = "codes" in document.metadata
        return ""
    column = task["label_column"]
    if "second_column" in task and not one_label(document, task["second_column"]):
        return f"no second text in column '{task['second_column']}'"
    several = task["task"] == "text_multilabels"
    labels: tuple[str, ...] = (
        several_labels(document, column, task.get("separator", "|")) if several else (one_label(document, column),)
    )
    if not any(labels):
        return f"no label in column '{column}'"
    found.answers.update(labels)
    return ""


def _count_entities(document: Document, found: Survey) -> str:
    if "annotations" not in document.metadata:
        return "no annotations"
    try:
        spans = read_spans(document.metadata["annotations"], document.text, gaps="covering")
    except UserError as error:
        return str(error)
    found.answers.update(span.label for span in spans)
    found.overlapping += len(spans) - len(flatten(spans, flat="longest"))
    return ""
