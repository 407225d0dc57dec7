"""Annotations of brat as people have them: marks, line ends, wrong offsets, lines of no kind."""

import unicodedata

import pytest

from alambic.data.standoff import Entity, check_references, read_entities, without_mark
from alambic.errors import UserError

TEXT = "Le coeur bat très vite"


def test_a_mark_before_the_first_line_is_none_of_it() -> None:
    entities = read_entities("\ufeffT1\tANAT 3 8\tcoeur\r\nT2\tPHYS 9 12\tbat\n", TEXT)
    assert entities == [Entity("T1", "ANAT", ((3, 8),)), Entity("T2", "PHYS", ((9, 12),))]


@pytest.mark.parametrize("sign", ["\x0c", "\x0b", "\x1c", "\x85", "\u2028", "\u2029"])
def test_lines_end_at_line_feeds_alone(sign: str) -> None:
    text = f"fièvre{sign}modérée\n"
    assert read_entities(f"T1\tDISO 0 14\t{text[:14]}\n", text) == [Entity("T1", "DISO", ((0, 14),))]


def test_what_others_annotate_is_left_alone() -> None:
    lines = (
        "T1\tANAT 0 2;9 12\tLe bat\nR1\tHas Arg1:T1 Arg2:T1\t\nE1\tANAT:T1\nA1\tNegated T1\nM1\tSpeculated T1\n"
        "N1\tReference T1 UMLS:C1\tcoeur\n#1\tAnnotatorNotes T1\tC0018787 of T9\n*\tEquiv T1 T1\n\n"
        "E2\tANAT:T1 Arg:E1 Arg2:T1 \nA2\tSevere T1 très\nN2\tReference T1 Wiki:Un mot\n#2\tAnnotatorNotes A1\t\r\n"
    )
    assert read_entities(lines, TEXT) == [Entity("T1", "ANAT", ((0, 2), (9, 12)))]
    check_references(lines)


@pytest.mark.parametrize(
    "line",
    [
        "R1\tHas Arg1:T1 Arg2:T2", "E1\tANAT:T3", "A1\tNegated T4", "*\tEquiv T1 T5", "#1\tAnnotatorNotes T6\tx",
        "N1\tReference T7 UMLS:C1\tx", "E1\tANAT:T1 Of:E9",
    ],
)  # fmt: skip
def test_a_reference_to_what_is_not_there_is_named(line: str) -> None:
    lines = f"T1\tANAT 3 8\tcoeur\n{line}\r\n"
    assert len(read_entities(lines, TEXT)) == 1
    with pytest.raises(UserError, match=r"line 2 refers to [TE][2-9], which is not there"):
        check_references(lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("X1\tANAT 3 8\tcoeur", "line 2 is no line of brat"),
        ("coeur", "line 2 is no line of brat"),
        *(
            (f"{name}\tANAT 3 8\tcoeur", "line 2 is no line of brat")
            for name in ("AT1", "TT1", "T", "Tx", "T1a", "t1", "W1")
        ),
        ("AT1", "line 2 is no line of brat"),
        ("AT1\tNegated T0", "line 2 is no line of brat"),
        ("A1\tNegated", "line 2 is no line of brat"),
        ("M1\tNegated coeur", "line 2 is no line of brat"),
        ("R1 nothing", "line 2 is no line of brat"),
        ("R1\tnothing", "line 2 is no line of brat"),
        ("R1\tHas Arg1:T0", "line 2 is no line of brat"),
        ("R1\tHas T0 T0", "line 2 is no line of brat"),
        ("R1\tHas Arg1:T0 Arg2:T0\tcoeur", "line 2 is no line of brat"),
        ("E1\tANAT", "line 2 is no line of brat"),
        ("E1\tANAT:T0 T0", "line 2 is no line of brat"),
        ("N1\tReference T0 C1\tcoeur", "line 2 is no line of brat"),
        ("*\tEquiv T0", "line 2 is no line of brat"),
        ("# a comment", "line 2 is no line of brat"),
        ("#1\tAnnotatorNotes", "line 2 is no line of brat"),
        ("R1\t", "line 2 is no line of brat"),
        ("T1 ANAT 3 8 coeur", "line 2 is no line of brat"),
        ("T1\tANAT 3\tcoeur", "line 2 is no line of brat"),
        ("T1\tANAT -3 8\tcoeur", "line 2 is no line of brat"),
        ("T1\tANAT ٣ ٨\tcoeur", "line 2 is no line of brat"),
        ("T1\tANAT 3 8", "line 2 is no line of brat"),
        (f"T1\tANAT 3 {'9' * 5000}\tcoeur", "line 2 is no line of brat"),
        ("T0\tANAT 3 8\tcoeur", "line 2: brat annotation T0 is there twice"),
        ("T1\tANAT 8 3\tcoeur", "lies outside its text of 22 characters, or is empty"),
        ("T1\tANAT 3 3\t", "lies outside its text of 22 characters, or is empty"),
        ("T1\tANAT 18 23\tvite", "lies outside its text"),
        ("T1\tANAT 3 8;18 99\tcoeur vite", "lies outside its text"),
        ("T1\tANAT 4 9\tcoeur", "reads 'coeur', its text does not: fix its offsets"),
    ],
)
def test_a_line_that_is_not_understood_is_named(line: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_entities(f"T0\tPHYS 9 12\tbat\n{line}\n", TEXT)


def test_decomposed_letters() -> None:
    text = unicodedata.normalize("NFD", "une fièvre élevée, une toux")
    at = text.index("toux")
    assert read_entities(f"T1\tDISO {at} {at + 4}\ttoux\nT2\tDISO 4 11\tfièvre", text)[1].label == "DISO"
    with pytest.raises(UserError, match=r"count composed letters \(NFC\)"):
        read_entities("T1\tDISO 23 27\ttoux\n", text)


@pytest.mark.parametrize(("start", "kept"), [(3, TEXT), (4, f"\ufeff{TEXT}")], ids=["not counted", "counted"])
def test_a_mark_of_the_text_stays_where_offsets_count_it(start: int, kept: str) -> None:
    line = f"T1\tANAT {start} {start + 5}\tcoeur\n"
    assert without_mark(f"\ufeff{TEXT}", f"\ufeff{line}") == (kept, line)
