"""Codes of ICD-10: their plain form, and the chapters, which `icd10_fr` knows as well."""

import pytest

from alambic.data.icd10 import CHAPTERS, chapter_of, is_code, plain
from alambic.stages.collect.sources import icd10_fr


@pytest.mark.parametrize(
    ("written", "code"), [("I21.9", "I219"), (" i219 ", "I219"), ("b24", "B24"), ("S72 .0", "S720"), ("", "")]
)
def test_a_code_has_one_plain_form(written: str, code: str) -> None:
    assert plain(written) == code


@pytest.mark.parametrize(
    ("code", "right"), [("I219", True), ("B24", True), ("A0001", True), ("I2", False), ("2I19", False), ("NULL", False)]
)
def test_what_is_no_code_is_told(code: str, right: bool) -> None:
    assert is_code(code) == right


def test_chapters_are_those_of_the_table() -> None:
    assert CHAPTERS == icd10_fr.CHAPTERS
    assert [chapter_of(code) for code in ("A09", "I219", "U071", "V892", "Z515")] == ["I", "IX", "XXII", "XX", "XXI"]
