"""Labels in a column of a user's own documents."""

import json
from collections.abc import Sequence

from alambic.data.documents import Document
from alambic.errors import UserError


def one_label(document: Document, column: str) -> str:
    """Read the one label of a document; empty where it has none."""
    return document.metadata.get(column, "").strip()


def several_labels(document: Document, column: str, separator: str) -> tuple[str, ...]:
    """Read the labels of a document, sorted, each once: a list as JSON has it, or names joined by `separator`.

    '["a", "b"]' and "b|a|" -> ("a", "b"); "" -> ()
    """
    return tuple(sorted(set(listed_labels(document, column, separator))))


def listed_labels(document: Document, column: str, separator: str) -> list[str]:
    """Read them in their order, as often as they come."""
    return [label.strip() for label in _listed(one_label(document, column), separator) if label.strip()]


def _listed(written: str, separator: str) -> list[str]:
    if written.startswith("[") and written.endswith("]"):
        try:
            values = json.loads(written)
        except ValueError:
            return written.split(separator)
        return [str(value) for value in values]
    return written.split(separator)


def check_column(documents: Sequence[Document], without: Sequence[Document], column: str, option: str) -> None:
    """UserError where documents lack what column `column` should hold, with the first of them and their columns."""
    if without:
        columns = ", ".join(without[0].metadata) or "none"
        shown = ", ".join(document.id for document in without[:5])
        raise UserError(
            f"{len(without)} of {len(documents)} texts have nothing in column '{column}' ({shown}); the columns of the "
            f"first of them: {columns}; give `{option}`, or leave these rows out"
        )


def check_columns(documents: Sequence[Document], **columns: str) -> None:
    """UserError where documents have nothing in a column; each is given under the name of its option."""
    for option, column in columns.items():
        check_column(documents, [d for d in documents if not one_label(d, column)], column, option)
