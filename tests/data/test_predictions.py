"""What was answered is read back as it was, in its order; a damaged file is one error that names it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from alambic.data.example_scores import ExampleScores, read_example_scores, read_top_scores
from alambic.data.predictions import NAME, PredictedExamples, read_predictions, write_predictions
from alambic.errors import UserError

TAGS = PredictedExamples(
    dataset="notes+typos@0.5",
    split="test",
    ids=["b", "a"],
    gold=[("O", "B-É"), ()],
    units=["patient 1", ""],
    attributes=[{"sex": "F", "year": "2019"}, {}],
    tokens=[[1, 3], []],
    predicted={"1": [("O", "O"), ()], "2": [("B-É", "B-É"), ()]},
)
LABELS = PredictedExamples(
    "short", "dev", ["x"], ["a|b"], [""], [{}], [[4]], {"1": ["[a]"], "2": ["a|b"]}
)  # no JSON list, though it looks like one


def test_each_part_is_read_back_in_its_order(tmp_path: Path) -> None:
    write_predictions(tmp_path, [TAGS, LABELS], labels=["O", "B-É", "I-É"], rules="split=given|words=é")
    read = read_predictions(tmp_path)
    assert read.parts == [replace(part, spans=[None] * len(part.ids)) for part in (TAGS, LABELS)]
    assert (read.labels, read.rules) == (("O", "B-É", "I-É"), "split=given|words=é")
    assert read.of_split("test") == read.parts[:1] and read.of_split("calibration") == []


def test_scores_of_words_are_read_back_by_dataset_and_seed(tmp_path: Path) -> None:
    scores = ExampleScores()
    given = [np.array([[0.25, 0.75], [0, 0]], np.float32), np.array([[1.0, 0.0]], np.float32)]
    scores.add(["a", "b"], given, seed="1", dataset="notes", split="test")
    scores.add(["c"], given[1:], seed="1", dataset="set apart", split="dev")
    scores.add([], [], seed="2", dataset="notes", split="test")
    scores.write(tmp_path, ["O", "X"])
    read = read_example_scores(tmp_path, split="test")
    assert list(read) == [("notes", "1")]
    assert [values.tolist() for values in read["notes", "1"]] == [values.tolist() for values in given]


def test_a_file_that_was_cut_off_is_named(tmp_path: Path) -> None:
    write_predictions(tmp_path, [TAGS], labels=["O"], rules="")
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"predictions\.parquet is not whole Parquet"):
        read_predictions(tmp_path)


def test_a_file_of_an_earlier_version_is_named_too(tmp_path: Path) -> None:
    write_predictions(tmp_path, [TAGS], labels=["O"], rules="")
    table = pq.read_table(tmp_path / NAME)
    pq.write_table(table.drop_columns(["unit", "tokens"]), tmp_path / NAME)
    with pytest.raises(UserError, match=r"predictions\.parquet is not whole Parquet \(KeyError"):
        read_predictions(tmp_path)


def test_scores_of_the_likeliest_labels_alone_are_read_by_their_names(tmp_path: Path) -> None:
    scores = ExampleScores()
    given = [np.array([0.75, 0.25], np.float32), np.array([], np.float32), np.array([0.5], np.float32)]
    named = [("B", "C"), (), ("<sequence>",)]
    scores.add(["a", "b", "c"], given, seed="1", dataset="notes", split="test", labels=named)
    scores.write(tmp_path, ["A", "B", "C"])
    read = read_top_scores(tmp_path, split="test")
    assert read == {("notes", "1"): [{"B": 0.75, "C": 0.25}, {}, {"<sequence>": 0.5}]}
    assert read_example_scores(tmp_path, split="test") == {} == read_top_scores(tmp_path, split="dev")


def test_scores_of_all_labels_are_read_by_their_names_too(tmp_path: Path) -> None:
    scores = ExampleScores()
    scores.add(["a"], [np.array([0.25, 0.75], np.float32)], seed="1", dataset="notes", split="test")
    scores.write(tmp_path, ["A", "B"])
    assert read_top_scores(tmp_path, split="test") == {("notes", "1"): [{"A": 0.25, "B": 0.75}]}


def test_what_was_written_before_an_answer_is_read_back(tmp_path: Path) -> None:
    part = replace(LABELS, standard=["full"], written={"1": ["fu"], "2": [""]})
    write_predictions(tmp_path, [part, TAGS], labels=["O"], rules="")
    expected = [replace(each, spans=[None] * len(each.ids)) for each in (part, TAGS)]
    assert read_predictions(tmp_path).parts == expected
