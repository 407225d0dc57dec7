"""Cells of ICD-10 codes as people and programs write them: a dot, marks after a code, several codes in one cell."""

import re
from typing import NamedTuple

from alambic.data.icd10 import plain

CODE = re.compile(r"[A-Z]\d\d(?:\.?[0-9X][0-9A-Z]{0,3})?\.?")  # X holds the place of a fourth character
# Dagger, asterisk, exclamation and plus say which of two codes is the cause; `.-` that a fourth character is left open.
MARKS = re.compile(r"[†‡*!+](?!\d)|\.?-(?=[\s,;/|]|$)")
BETWEEN = re.compile(r"[\s,;/|]+")
ANOTHER = re.compile(r"[A-Z]\d\d")  # within what follows a category: a second code, without anything between
REST = re.compile(r"[\d.]+")  # of a code that was cut: a letter behind a blank would rather begin a word


class CodeCell(NamedTuple):
    """The plain codes of a cell in their order, each once, and whether marks were read away."""

    codes: tuple[str, ...]
    marked: bool = False


def read_code_cell(cell: str) -> CodeCell | None:
    """Read a cell that holds a code or several; None where it holds anything else.

    "a17.0†" -> A170, marked; "I10 E11.9" -> I10 and E119; "I 21.9" and "I21,9" -> I219; "I10E119", "I10 HTA" -> None
    """
    upper = cell.strip().upper()
    if _is_code(upper):
        return CodeCell((plain(upper),))
    bare = MARKS.sub(" ", upper)
    pieces = BETWEEN.split(bare.strip(" \t,;/|"))
    if all(map(REST.fullmatch, pieces[1:])):
        pieces = ["".join(pieces)]  # one code with a blank or a comma within it
    if not all(map(_is_code, pieces)):
        return None
    return CodeCell(tuple(dict.fromkeys(map(plain, pieces))), bare != upper)


def _is_code(piece: str) -> bool:
    return CODE.fullmatch(piece) is not None and ANOTHER.search(piece, 3) is None
