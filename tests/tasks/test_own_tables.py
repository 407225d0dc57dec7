"""A user's own tables as tasks: several labels in a cell, and pairs of texts."""

from pathlib import Path

import pytest

from alambic.data.documents import Document, write_documents
from alambic.errors import UserError
from alambic.tasks.datasets import text_labels, text_multilabels, text_pairs


def collected(folder: Path, rows: list[tuple[str, dict[str, str]]]) -> Path:
    folder.mkdir(parents=True)
    write_documents((Document(str(n), t, "own", "", "MIT", metadata=m) for n, (t, m) in enumerate(rows)), folder)
    return folder


@pytest.mark.parametrize("cell", ["b|a| a ", '["b", "a"]', "b; a"])
def test_the_labels_of_a_cell_are_a_list_or_joined(tmp_path: Path, cell: str):
    separator = ";" if ";" in cell else "|"
    folder = collected(tmp_path / "own", [(f"note {n}", {"labels": cell if n % 2 else "c"}) for n in range(20)])
    data = text_multilabels.load(folder, separator=separator)
    assert data.labels == ("a", "b", "c") and data.head == "multilabel_classification"
    assert {example.gold for example in [*data.train, *data.test["test"]]} == {("a", "b"), ("c",)}
    assert len(data.train) == 16


def test_a_text_without_labels_is_one_error_with_the_columns(tmp_path: Path):
    rows = [(f"note {n}", {"ward": "x", **({"labels": "a"} if n else {"labels": " | "})}) for n in range(9)]
    folder = collected(tmp_path / "own", rows)
    parts = {"train": folder, "test": folder}
    with pytest.raises(UserError, match=r"1 of 9 texts have nothing in column 'labels' \(0\).*: labels, ward; give"):
        text_multilabels.load(**parts)
    with pytest.raises(UserError, match=r"9 of 9 texts have nothing in column 'label' \(0, 1, 2, 3, 4\)"):
        text_labels.load(**parts)


def test_both_texts_of_a_pair_are_read_and_kept_out_of_corpora(tmp_path: Path):
    rows = [(f"first {n // 2}", {"answer": f"second {n}", "same": "yes" if n % 3 else "no"}) for n in range(40)]
    folder = collected(tmp_path / "own", rows)
    data = text_pairs.load(folder, second_column="answer", label_column="same", dev_share=0.1)
    assert data.labels == ("no", "yes")
    scored = {*data.test["test"], *data.dev["dev"]}
    assert all(example.second == f"second {example.id}" for example in scored)
    # Pairs that share their first text are on one side.
    assert not {example.text for example in scored} & {example.text for example in data.train}
    kept_out = set(text_pairs.scored_texts(folder, second_column="answer", dev_share=0.1))
    assert kept_out == {text for example in scored for text in (example.text, example.second)}
    with pytest.raises(UserError, match=r"32 of 32 texts have nothing in column 'second'.*give `second_column`"):
        text_pairs.load(folder, label_column="same")
