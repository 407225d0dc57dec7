"""The ledger of code that counts as other code: what it says, and what it must not say."""

import pytest

from alambic.errors import UserError
from alambic.planning import equivalent_code


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """Make an empty ledger, and forget what was read before."""
    monkeypatch.setattr(equivalent_code, "LEDGER", tmp_path / "adopted.jsonl")
    equivalent_code._table.cache_clear()
    yield equivalent_code.LEDGER
    equivalent_code._table.cache_clear()


def record(why: str = "a refactoring") -> None:
    equivalent_code.record("clean", "new", "old", who="ana", when="today", why=why)


def test_what_is_recorded_counts_for_its_stage(ledger):
    record("two\u2028lines")
    assert equivalent_code.equivalent("clean", "new") == "old"
    assert equivalent_code.equivalent("teach", "new") == "new"


def test_empty_lines_say_nothing(ledger):
    ledger.write_text("\n")
    record()
    with ledger.open("a") as stream:
        stream.write("  \n\n")
    assert equivalent_code.equivalent("clean", "new") == "old"


@pytest.mark.parametrize(
    "line",
    [
        b"<<<<<<< HEAD",
        b'{"stage": "clean", "code"',
        b'{"stage": "clean", "code": "new"}',
        b'{"stage": "clean", "code": "new", "counts_as": null}',
        b'{"stage": "clean", "code": ["new"], "counts_as": "old"}',
        b"null",
        b"[1]",
        b"\xff\xfe\xfa",
    ],
)
def test_a_broken_line_is_named(ledger, line):
    record()
    with ledger.open("ab") as stream:
        stream.write(line + b"\n")
    with pytest.raises(UserError, match=r"adopted\.jsonl:2: .*expected a JSON object.*conflict markers"):
        equivalent_code.equivalent("clean", "new")
