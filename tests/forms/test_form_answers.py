"""CSV files as they come back from people: from the form itself, and saved again by a spreadsheet."""

import csv

import pytest

from alambic.errors import UserError
from alambic.forms.answers import read_answers

COLUMNS = ("judge", "value")


@pytest.fixture(autouse=True)
def a_limit_of_its_own():
    """Have the limit of a fresh process: other tests of this one may have read long cells."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize(
    "content",
    [
        '\ufeff"judge","value","more"\r\n"j1","4","a ""b"", c"\r\n',
        'judge;value;more\n"j1";4;"a ""b"", c"\n;;\n',
        'judge\tvalue\tmore\nj1\t4\t"a ""b"", c"\n',
    ],
)
def test_the_same_is_read_whatever_stands_between_values(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content.encode())
    assert read_answers(tmp_path / "a.csv", COLUMNS) == [(2, {"judge": "j1", "value": "4", "more": 'a "b", c'})]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no column 'judge'; its columns: none"),
        (b"judge,other\nj1,2\n", "has no column 'value'; its columns: judge, other"),
        (b"judge,value\nj1,2\nj2\n", "row 3: 1 values, expected 2"),
        ("judge,value\nj1,é\n".encode("latin-1"), "is no UTF-8"),
        (b"judge,value,value\nj1,2,3\n", "2 columns 'value': leave one"),
    ],
)
def test_a_file_that_is_none_of_the_forms_is_an_error(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_answers(tmp_path / "a.csv", COLUMNS)


def test_a_text_may_be_longer_than_a_cell_of_csv_by_default(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"judge,value\nj1," + b"x" * 200_000 + b"\n")
    assert len(read_answers(tmp_path / "a.csv", COLUMNS)[0][1]["value"]) == 200_000


def test_a_file_that_is_not_there_is_an_error_with_the_columns(tmp_path):
    with pytest.raises(UserError, match=r"judge1\.csv does not exist: expected a CSV with the columns judge, value"):
        read_answers(tmp_path / "judge1.csv", COLUMNS)


@pytest.mark.parametrize(("beginning", "first"), [("", 2), ("sep=;\n", 3), ("SEP=;\r\n", 3)])
def test_rows_have_the_numbers_that_a_spreadsheet_shows(tmp_path, beginning, first):
    (tmp_path / "a.csv").write_bytes(f"{beginning}judge;value\nj1;4\n;\n\nj2;5\n".encode())
    rows = read_answers(tmp_path / "a.csv", COLUMNS)
    assert rows == [(first, {"judge": "j1", "value": "4"}), (first + 3, {"judge": "j2", "value": "5"})]
