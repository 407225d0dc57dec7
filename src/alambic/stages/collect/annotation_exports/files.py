"""Files of annotation tools, as records with their places, and records as documents."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alambic.data.documents import Document
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.annotation_exports.conll import Refused, read_sentences, to_record
from alambic.stages.collect.annotation_exports.record import NotUnderstood, Record
from alambic.stages.collect.annotation_exports.span_lists import READERS
from alambic.stages.collect.json_lines import loads
from alambic.stages.collect.tables import read_text
from alambic.stages.collect.values import as_text

Placed = tuple[str, Record]  # file:line, or file and the rank in its list


def read_json(file: Path, name: str, rejections: Rejections, *, form: str, encoding: str) -> Iterator[Placed]:
    """Read a JSON value a line, or one list of them; what is none is rejected."""
    for place, value in _values(read_text(file, name, encoding=encoding), name, rejections):
        try:
            yield place, READERS[form](value)
        except NotUnderstood as error:
            rejections.add(place, str(error), json.dumps(value, ensure_ascii=False)[:2000])


def _values(text: str, name: str, rejections: Rejections) -> Iterator[tuple[str, Any]]:
    """Yield the values of a file: first as one list, since lines of one are no values of their own."""
    if text.lstrip().startswith("[") and (whole := _list(text)) is not None:
        yield from ((f"{name}#{rank}", value) for rank, value in enumerate(whole))
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"{name}:{number}", loads(line)
        except (ValueError, RecursionError) as error:
            rejections.add(f"{name}:{number}", f"no JSON: {error}", line)


def _list(text: str) -> list[Any] | None:
    """Give a file's one list of texts; None where it is none, as of lines that are spaCy's pairs."""
    try:
        whole = loads(text)
    except (ValueError, RecursionError):
        return None
    is_pair = len(whole) == 2 and isinstance(whole[0], str)
    return None if is_pair else whole


def read_conll(
    file: Path,
    name: str,
    rejections: Rejections,
    *,
    encoding: str,
    delimiter: str | None,
    word_column: int,
    tag_column: int,
) -> Iterator[Placed]:
    """Read a sentence a record; the lines that are not understood are rejected, with their sentence."""
    lines = read_text(file, name, encoding=encoding).split("\n")
    for sentence in read_sentences(lines, delimiter=delimiter, word_column=word_column, tag_column=tag_column):
        if isinstance(sentence, Refused):
            rejections.add(f"{name}:{sentence.line}", sentence.reason, sentence.text)
        else:
            yield f"{name}:{sentence.line}", to_record(sentence)


def as_document(place: str, record: Record, *, source: str, licence: str, language: str) -> Document:
    """Make a document of a record: its marks as brat's standoff, the other fields as text.

    A label's blanks become `_`, as brat has none. UserError where a text has a field of its own named `annotations`.
    """
    metadata = {key: as_text(value) for key, value in record.metadata.items() if value is not None}
    if "annotations" in metadata:
        raise UserError(f"{place}: a field is named 'annotations', as the spans are: rename it")
    lines = []
    for number, mark in enumerate(record.marks, 1):
        mention = " ".join(record.text[mark.start : mark.end].split())
        lines.append(f"T{number}\t{'_'.join(mark.label.split())} {mark.start} {mark.end}\t{mention}\n")
    return Document(
        id=record.id or place,
        text=record.text,
        source=source,
        url="",
        licence=licence,
        language=language,
        metadata={**metadata, "annotations": "".join(lines)},
    )
