"""Students that differ in their learnt pieces alone, told from those that differ in more."""

from pathlib import Path
from typing import Any

import pytest

from alambic.data.manifest import Manifest
from alambic.stages.report.added_pieces import Extended, alike_students, draw
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.scores import Score

SIZES = {"none": 0, "some": 500, "many": 10_000}


def made(stage: str, item: str, settings: dict[str, Any], facts: dict[str, Any]) -> FinishedArtifact:
    record = Manifest(stage, item, "0" * 64, settings, identity={}, sources={}, inputs={}, facts=facts)
    return FinishedArtifact(stage, item, Path(), record)


def tokenizer(name: str, **settings: Any) -> FinishedArtifact:
    added = SIZES[name.partition("_")[0]]
    return made("tokenizer", name, {"added_pieces": added, "trim": True} | settings, {"pieces": {"added": added}})


def student(pieces: str, method: str = "focus", **settings: Any) -> FinishedArtifact:
    own = {"tokenizer": pieces, "initial_vectors": {method: {}}, "seed": 0, "layers": [1]} | settings
    return made("distill", f"{pieces}-{method}-{own['seed']}-{len(own['layers'])}", own, {})


ALL = [tokenizer(name) for name in SIZES]


@pytest.mark.parametrize(
    ("students", "found"),
    [
        ([student("none"), student("some", "mean_of_parts")], [Extended(0, "focus"), Extended(500, "mean_of_parts")]),
        ([student("some"), student("many", seed=3)], [Extended(500, "focus"), Extended(10_000, "focus")]),
        ([student("some"), student("some", "mean_of_parts")], []),
        ([student("none"), student("some", layers=[1, 2])], []),
        (
            [student("none"), student("some"), student("many", layers=[])],
            [Extended(0, "focus"), Extended(500, "focus")],
        ),
        ([], []),
    ],
)
def test_only_students_that_are_otherwise_alike_are_compared(students, found):
    assert list(alike_students([*ALL, *students]).values()) == found


def test_a_tokenizer_that_differs_in_more_than_its_pieces_is_left_out():
    untrimmed = tokenizer("many_untrimmed", trim=False)
    assert not alike_students([*ALL, untrimmed, student("none"), student("many_untrimmed")])


def test_students_without_facts_are_left_out():
    bare = made("tokenizer", "some", {"added_pieces": 500, "trim": True}, {})
    assert not alike_students([ALL[0], bare, student("none"), student("some")])


def test_each_way_has_a_line_that_begins_where_nothing_is_added():
    students = [student("none"), student("many"), student("many", "mean_of_parts"), student("many", seed=1)]
    scores = [Score(one.item, "chapter", "long", "test", "f1", "f1", 0.5, 0.4, 0.6, "all") for one in students]
    plot = draw(scores, [*ALL, *students], axis="learnt pieces", label="What learnt pieces buy")
    assert all(text in plot for text in (">focus</li>", ">mean of parts</li>", ">0<", ">10 000<", ">learnt pieces<"))
    assert draw(scores, [*ALL, student("none")], axis="", label="") == ""
