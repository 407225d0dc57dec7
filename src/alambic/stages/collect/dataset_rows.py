"""Documents out of the rows of a dataset as the library `datasets` opens it, from the hub or from a disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alambic.data.documents import Document
from alambic.data.rejected import Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.annotation_exports.conll import Sentence, check_tag, to_record
from alambic.stages.collect.annotation_exports.files import as_document
from alambic.stages.collect.annotation_exports.record import NotUnderstood
from alambic.stages.collect.values import as_text, as_whole_text

KINDS = str | int | float | list | dict


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; with `tags`, `text` is a list of words, and `tags` that of their tags."""

    text: str
    id: str = ""
    tags: str = ""


def read(
    rows: Iterable[Mapping[str, Any]],
    columns: Columns,
    rejections: Rejections,
    *,
    name: str,
    prefix: str,
    url: str,
    licence: str,
    language: str,
) -> Iterator[Document]:
    """Yield a document per row; the other columns that hold text or numbers become metadata.

    UserError where a column is missing. A class of `datasets` is written by its name, not by its number.
    """
    names = class_names(rows)
    used = (columns.text, columns.id, columns.tags)
    common: dict[str, Any] = {"source": name, "licence": licence, "language": language}
    for number, row in enumerate(rows):
        for column in filter(None, used):
            if column not in row:
                raise UserError(f"dataset {name}: no column '{column}'; its columns: {', '.join(row)}")
        given = {column: _named(value, names.get(column, ())) for column, value in row.items()}
        place = f"{prefix}/{number}"
        try:
            identifier = as_whole_text(given[columns.id], "utf-8") if columns.id else place
            if columns.tags:
                record = to_record(_sentence(given[columns.text], given[columns.tags]))
                document = as_document(identifier, record, **common)
            else:
                text = as_whole_text(given[columns.text], "utf-8")
                document = Document(identifier, text, name, url, licence, language)
            if reason := unusable(document.text):
                raise ValueError(reason)
            others = {as_text(k): as_text(v) for k, v in given.items() if k not in used and isinstance(v, KINDS)}
        except ValueError as error:
            rejections.add(f"{name}, {place}", str(error), str(row.get(columns.text)))
            continue
        rejections.at(f"{name}, {place}")
        yield Document(**{**vars(document), "url": url, "metadata": {**others, **document.metadata}})


def class_names(rows: Any) -> dict[str, Sequence[str]]:
    """Give the names of the classes that columns hold as numbers, or lists of them."""
    features: Mapping[str, Any] = getattr(rows, "features", None) or {}
    kinds = {column: getattr(kind, "feature", kind) for column, kind in features.items()}
    return {column: tuple(kind.names) for column, kind in kinds.items() if getattr(kind, "names", None)}


def _named(value: Any, names: Sequence[str]) -> Any:
    if not names:
        return value
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _sentence(words: Any, tags: Any) -> Sentence:
    if not (isinstance(words, list) and isinstance(tags, list)):
        raise NotUnderstood(f"{words!r:.60} and {tags!r:.60}: expected a list of words, and one of their tags")
    if len(words) != len(tags):
        raise NotUnderstood(f"{len(words)} words and {len(tags)} tags")
    for tag in tags:
        check_tag(str(tag))
    return Sentence(1, tuple(map(str, words)), tuple(map(str, tags)))
