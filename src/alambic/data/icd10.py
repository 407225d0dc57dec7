"""Codes of the tenth International Classification of Diseases: their plain form, their chapter, what one looks like."""

import re

CODE = re.compile(r"[A-Z]\d\d[0-9A-Z+*-]{0,6}")

# Last category of each chapter, in the order of the codes.
CHAPTERS = {
    "I": "B99",
    "II": "D48",
    "III": "D89",
    "IV": "E90",
    "V": "F99",
    "VI": "G99",
    "VII": "H59",
    "VIII": "H95",
    "IX": "I99",
    "X": "J99",
    "XI": "K93",
    "XII": "L99",
    "XIII": "M99",
    "XIV": "N99",
    "XV": "O99",
    "XVI": "P96",
    "XVII": "Q99",
    "XVIII": "R99",
    "XIX": "T98",
    "XXII": "U99",
    "XX": "Y98",
    "XXI": "Z99",
}


def plain(code: str) -> str:
    """Write a code without its dot, in capitals, as certificates have it: "i21.9 " -> "I219"."""
    return code.strip().upper().replace(".", "").replace(" ", "")


def is_code(code: str) -> bool:
    """Tell whether a plain code has the form of one: a letter, two digits, and what specifies them."""
    return CODE.fullmatch(code) is not None


def chapter_of(code: str) -> str:
    """Give the Roman numeral of the chapter that holds a code; empty where none does."""
    return next((chapter for chapter, last in CHAPTERS.items() if code[:3] <= last), "")
