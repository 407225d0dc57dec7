"""CSV files that come back from forms, or go into them, also after a spreadsheet has saved them again."""

import re
from collections.abc import Collection
from pathlib import Path

from alambic.data.table_text import numbered_rows
from alambic.errors import UserError

DELIMITERS = (",", ";", "\t")
SEPARATOR = re.compile(r"sep=(.)", re.IGNORECASE)


def read_answers(path: Path, columns: Collection[str]) -> list[tuple[int, dict[str, str]]]:
    """Read the rows of a file, with `columns` and whatever others it has, each with its number in a spreadsheet.

    A first line `sep=;`, which some spreadsheets write, is read over. The comma, the semicolon or the tab may stand
    between values. UserError, with the file and the line, for a file that is not there, a column that is missing or
    comes twice, a row of another length, and what is no UTF-8.
    """
    if not path.is_file():
        raise UserError(f"{path} does not exist: expected a CSV with the columns {', '.join(columns)}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: byte {error.start} is no UTF-8: save it as CSV UTF-8, or send the file itself"
        ) from error
    names, rows = table_of(text, columns, str(path))
    answers = []
    for number, row in rows:
        if len(row) != len(names):
            raise UserError(f"{path}, row {number}: {len(row)} values, expected {len(names)}")
        answers.append((number, dict(zip(names, row, strict=True))))
    return answers


def table_of(text: str, columns: Collection[str], path: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Give the names of the columns, and the rows that are not empty, each with its number as a spreadsheet counts.

    UserError, with `path`, for a column that is missing or comes twice.
    """
    first, _, rest = text.partition("\n")
    told = SEPARATOR.fullmatch(first.strip('\r"'))
    numbered = numbered_rows(rest, told[1]) if told else numbered_rows(text, DELIMITERS)
    rows = [cells for _, cells in numbered]
    names = rows[0] if rows else []
    if missing := [column for column in columns if column not in names]:
        raise UserError(
            f"{path} has no column '{missing[0]}'; its columns: {', '.join(names) or 'none'}: expected "
            f"{', '.join(columns)}"
        )
    if twice := [column for column in columns if names.count(column) > 1]:
        raise UserError(f"{path}: {names.count(twice[0])} columns '{twice[0]}': leave one")
    return names, [(number, row) for number, row in enumerate(rows[1:], 3 if told else 2) if any(row)]
