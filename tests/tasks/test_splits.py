"""Parts drawn from a user's documents: whole by groups, stable, and never empty without a word."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alambic.data.documents import Document, write_documents
from alambic.errors import UserError
from alambic.tasks.splits import Drawing, split

DRAWN = Drawing(test_share=0.2, dev_share=0.0, calibration_share=0.0, group_column="", seed=0)


def collected(folder: Path, rows: list[tuple[str, str]]) -> Path:
    """Write documents of (text, patient)."""
    folder.mkdir(parents=True, exist_ok=True)
    write_documents(
        (
            Document(str(n), text, "own", "", "MIT", metadata={"patient": patient})
            for n, (text, patient) in enumerate(rows)
        ),
        folder,
    )
    return folder


def test_a_patient_and_a_repeated_text_stay_on_one_side(tmp_path: Path):
    rows = [(f"note {n}", f"p{n % 13}") for n in range(100)] + [("Note 3 ", "p99")]
    parts = split(collected(tmp_path, rows), None, None, replace(DRAWN, group_column="patient", dev_share=0.1))
    sides = [{d.metadata["patient"] for d in part} for part in (parts.train, parts.dev, parts.test)]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert any({"p3", "p99"} <= side for side in sides)
    assert parts.facts == {"test_texts_in_training": 0}


@pytest.mark.parametrize("count", [2, 5, 10, 57])
def test_a_part_has_its_share_even_of_few_documents(tmp_path: Path, count: int):
    parts = split(collected(tmp_path, [(f"note {n}", "") for n in range(count)]), None, None, DRAWN)
    assert len(parts.test) == -(-count // 5)
    assert len(parts.train) == count - len(parts.test)


def test_the_draw_does_not_depend_on_the_order(tmp_path: Path):
    rows = [(f"note {n}", "") for n in range(40)]
    first = split(collected(tmp_path / "a", rows), None, None, DRAWN)
    other = collected(tmp_path / "b", [])
    documents = [Document(str(n), f"note {n}", "own", "", "MIT", metadata={"patient": ""}) for n in reversed(range(40))]
    write_documents(documents, other)
    assert {d.id for d in split(other, None, None, DRAWN).test} == {d.id for d in first.test}


def test_given_parts_are_taken_and_what_they_share_is_counted(tmp_path: Path):
    train, test = collected(tmp_path / "a", [("toux", ""), ("fièvre", "")]), collected(tmp_path / "b", [("Fièvre", "")])
    parts = split(train, None, test, DRAWN)
    assert (len(parts.train), len(parts.test)) == (2, 1)
    assert parts.facts == {"test_texts_in_training": 1}


@pytest.mark.parametrize(
    ("rows", "options", "error"),
    [
        ([("a", "p"), ("b", "p")], {"group_column": "patient"}, "leave none to learn from"),
        ([("a", "p")], {"test_share": 0.0}, "leave none to score"),
        ([("a", "p")], {"group_column": "ward"}, "has no column 'ward'; its columns: patient"),
        ([("a", "p")], {"test_share": 0.6, "dev_share": 0.4}, "leave nothing to learn from"),
    ],
)
def test_an_impossible_split_is_one_error(tmp_path: Path, rows: list, options: dict, error: str):
    with pytest.raises(UserError, match=error):
        split(collected(tmp_path, rows), None, None, replace(DRAWN, **options))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", "1", "2", "3", "4"])), min_size=1, max_size=30
    ),
    st.integers(0, 5),
)
def test_every_document_is_in_one_part(tmp_path_factory: pytest.TempPathFactory, rows: list, seed: int):
    folder = collected(tmp_path_factory.mktemp("rows"), rows)
    try:
        parts = split(folder, None, None, replace(DRAWN, group_column="patient", dev_share=0.2, seed=seed))
    except UserError as error:
        assert "leave none" in str(error)
        return
    ids = [d.id for part in (parts.train, parts.dev, parts.calibration, parts.test) for d in part]
    assert sorted(ids) == sorted(str(n) for n in range(len(rows)))
