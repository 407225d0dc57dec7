"""Repair broken Unicode, and write every text in the same way.

ftfy (https://ftfy.readthedocs.io) undoes what no normal form can: text decoded with the wrong table (`Ã©` for `é`),
entities, control characters. It also writes curly quotes as straight ones, so that `l’` and `l'` are one word. Then
NFC, and single spaces: SentencePiece vocabularies keep runs of spaces as pieces.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import ftfy

from alambic.data.documents import Document

_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")
_REPAIRS = 5  # one repair may uncover another: a tab after a broken letter has become a space


def step(*, keep_lines: bool = True) -> Callable[[Document], Document | str]:
    """Make the step; without `keep_lines`, ends of lines become spaces."""

    def normalise(document: Document) -> Document | str:
        text = document.text
        for _ in range(_REPAIRS):
            before = text
            text = _BLANK_LINES.sub("\n" if keep_lines else " ", _SPACES.sub(" ", ftfy.fix_text(text))).strip()
            if text == before:
                break
        return document if text == document.text else replace(document, text=text)

    return normalise
