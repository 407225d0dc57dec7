"""What readers reject is counted, kept with its place, and one error above the share that is allowed."""

import json
from pathlib import Path

import pytest

from alambic.data.rejected import ENOUGH, LONGEST, STRICT, Rejections, unusable
from alambic.errors import UserError


def test_above_the_share_one_error_shows_the_first_five_and_the_remedy(tmp_path: Path) -> None:
    rejections = Rejections(0.05, tmp_path / "rejected.jsonl")
    for number in range(94):
        rejections.accept()
        if number < 6:
            rejections.add(f"a.csv:{number}", "3 cells", "x;y;z" * LONGEST)
    with pytest.raises(UserError) as raised:
        rejections.check("source 'folder'")
    message = str(raised.value)
    assert "source 'folder': 6 of 100 rows or files rejected (6.00%, allowed: 5.00%)" in message
    assert "  a.csv:4: 3 cells\n  ...\n" in message and "a.csv:5" not in message
    assert f"{tmp_path / 'rejected.jsonl'} has each of them" in message and "`max_rejected: 0.06`" in message
    lines = [json.loads(line) for line in (tmp_path / "rejected.jsonl").read_text().splitlines()]
    assert [line["place"] for line in lines] == [f"a.csv:{number}" for number in range(6)]
    assert all(line["reason"] == "3 cells" and len(line["content"]) == LONGEST for line in lines)


@pytest.mark.parametrize(
    ("rejected", "most", "stops"), [(0, 0.0, False), (1, 0.0, True), (1, 0.01, False), (2, 0.01, True)]
)
def test_the_share_is_of_all_that_was_read(rejected: int, most: float, stops: bool) -> None:
    rejections = Rejections(most)
    for number in range(100):
        rejections.add(f"{number}", "x") if number < rejected else rejections.accept()
        rejections.leave_out("a rule")
    assert rejections.facts() == {
        "read": 100, "rejected": rejected, "left_out": {"a rule": 100},
        "first_rejected": [f"{number}: x" for number in range(rejected)],
    }  # fmt: skip
    if stops:
        with pytest.raises(UserError):
            rejections.check("it")
    else:
        rejections.check("it")


@pytest.mark.parametrize("rejected", [1, 3, 7, 12345])
def test_the_share_that_the_error_advises_is_enough(rejected: int) -> None:
    first = Rejections()
    first.rejected, first.accepted = rejected, 99_999
    with pytest.raises(UserError) as raised:
        first.check("it")
    advised = float(str(raised.value).split("max_rejected: ")[1].split("`")[0])
    second = Rejections(advised)
    second.rejected, second.accepted = rejected, 99_999
    second.check("it")
    assert advised < 1.2 * rejected / (99_999 + rejected) + 0.01


def test_where_none_is_allowed_nobody_waits_for_millions() -> None:
    rejections = Rejections()
    with pytest.raises(UserError, match="rows or files rejected"):
        for number in range(ENOUGH + 1):
            rejections.add(str(number), "x")


def test_who_notes_no_rejections_gets_an_error_at_the_first() -> None:
    with pytest.raises(UserError, match=r"a\.csv:3: 2 cells"):
        STRICT.add("a.csv:3", "2 cells", "x")


def test_a_file_of_an_earlier_attempt_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "rejected.jsonl").write_text("old")
    Rejections(0.0, tmp_path / "rejected.jsonl")
    assert not (tmp_path / "rejected.jsonl").exists()


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\ufeff", "\u200b ", "nan", "NaN", " null\n", "None", "<NA>", r"\N", "a\0b", "\0"]
)
def test_what_is_no_text(text: str) -> None:
    assert unusable(text)


@pytest.mark.parametrize("text", ["nanisme", "Na", "0", "null et non avenu", "\ufeffToux", "é"])
def test_what_is_a_text(text: str) -> None:
    assert unusable(text) == ""
