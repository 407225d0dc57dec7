"""What systems wrote, from files of each kind: an empty text is a text, and what cannot be read says where."""

import pytest

from alambic.commands.outputs import read_column, read_outputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.errors import UserError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,written,score\n1,Une toux.,0.5\n2,,0.1\n"),
        ("a.tsv", "id\twritten\n1\tUne toux.\n2\t\n"),
        ("a.jsonl", '{"id": 1, "written": "Une toux."}\n\n{"id": "2", "written": "", "score": 0.1}\n'),
        ("a.txt", "Une toux.\n\n"),
    ],
)
def test_every_kind_of_file_gives_the_same(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_outputs(str(tmp_path / name)).texts == {"1": "Une toux.", "2": ""}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,text\n1,a\n", "has no column 'written'"),
        ("a.csv", "id,written\n1,a\n1,b\n", "row 3: the id '1' comes twice"),
        ("a.csv", "id,written\n,a\n", "row 2: expected an id"),
        ("a.jsonl", '{"id": 1, "written": null}\n', "row 1: expected an id and a text"),
        ("a.jsonl", "[1]\n", "row 1: expected an id and a text"),
        ("a.jsonl", "{\n", "row 1: no JSON"),
        ("a.docx", "", r"expected a file .csv, .tsv, .jsonl or .txt"),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path, name, content, message):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_column(str(tmp_path / name), "written")


def test_an_item_is_found_by_its_name_and_several_versions_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    part = PredictedExamples("test", "test", ["a"], ["vrai"], [""], [{}], [[]], {"1": ["écrit"], "2": [""]})
    noisy = PredictedExamples("test+typos", "test", ["a"], ["vrai"], [""], [{}], [[]], {"1": ["autre"], "2": [""]})
    made = tmp_path / "artifacts/predict/student/summaries/0123456789abcdef"
    made.mkdir(parents=True)
    write_predictions(made, [part, noisy], labels=(), rules="")
    found = read_outputs("predict/student/summaries")
    assert (found.texts, found.right) == ({"a": "écrit"}, {"a": "vrai"}), "test texts as they are, of the first seed"
    assert read_outputs("predict/student/summaries", seed="2").texts == {"a": ""}
    assert read_outputs(str(made / "manifest.json")).texts == found.texts
    (made.parent / ("f" * 16)).mkdir()
    write_predictions(made.parent / ("f" * 16), [part], labels=(), rules="")
    with pytest.raises(UserError, match="was made in 2 versions"):
        read_outputs("predict/student/summaries")


def test_labels_are_no_texts_that_were_written(tmp_path):
    part = PredictedExamples("test", "test", ["a"], [("I", "II")], [""], [{}], [[]], {"1": [("I",)]})
    write_predictions(tmp_path, [part], labels=("I", "II"), rules="")
    with pytest.raises(UserError, match="expected a text that was written"):
        read_outputs(str(tmp_path))
