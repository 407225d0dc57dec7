"""Cells of codes: marks are read away, several codes are several, anything else is none."""

import pytest

from alambic.data.code_cells import CodeCell, read_code_cell


@pytest.mark.parametrize(
    ("cell", "codes", "marked"),
    [
        ("i21.9", ("I219",), False),
        ("A17.0†", ("A170",), True),
        ("A17.0+", ("A170",), True),
        ("M49.0*", ("M490",), True),
        ("b34.2 !", ("B342",), True),
        ("I21.-", ("I21",), True),
        ("I10 E11.9", ("I10", "E119"), False),
        ("I10/E119, I10", ("I10", "E119"), False),
        ("A17.0† G01*", ("A170", "G01"), True),
        ("A170†G01*", ("A170", "G01"), True),
        ("I 21.9", ("I219",), False),
        ("I21,9", ("I219",), False),
        ("U07.1", ("U071",), False),
    ],
)
def test_codes_are_read(cell: str, codes: tuple[str, ...], marked: bool) -> None:
    assert read_code_cell(cell) == CodeCell(codes, marked)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "†",
        "INCONNU",
        "I10E119",
        "I10-E119",
        "I10 maladie",
        "I10 HTA",
        "I10HTA",
        "I64, AVC",
        "J96.0+0",
        "2I19",
        "I1",
    ],
)
def test_what_is_no_code_or_not_surely_one_is_none(cell: str) -> None:
    assert read_code_cell(cell) is None
