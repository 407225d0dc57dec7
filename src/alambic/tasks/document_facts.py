"""What collected documents say of an example besides its text: the unit that it belongs to, and attributes by name."""

from collections.abc import Sequence

from alambic.data.documents import Document
from alambic.errors import UserError


def unit_of(document: Document, column: str) -> str:
    """Read the unit of a document, such as its patient, from a column; empty where no column or no value is given."""
    return document.metadata.get(column, "").strip() if column else ""


def attributes_of(document: Document, columns: Sequence[str] = ()) -> dict[str, str]:
    """Read the attributes of a document from these columns, and the year of its date; UserError without a column."""
    missing = [column for column in columns if column not in document.metadata]
    if missing:
        known = ", ".join(document.metadata) or "none"
        raise UserError(f"attributes: document {document.id} has no column '{missing[0]}'; its columns: {known}")
    said = {column: value for column in columns if (value := document.metadata[column].strip())}
    year = document.date[:4]
    return {**({"year": year} if year.isdigit() and len(year) == 4 else {}), **said}
