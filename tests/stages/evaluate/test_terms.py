"""Scores of terms by how often training texts have them, and by the tokens that a model cuts them into."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_tasks import collected

from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.settings import Dataset, Evaluate
from alambic.stages.evaluate.run import run
from alambic.stages.evaluate.terms import difference_of_means
from alambic.tasks.datasets import entities
from alambic.tasks.examples import Example

ENTITIES = Dataset(task="entities", data={"train": "x", "test": "x"})


def note(text: str, *terms: str) -> tuple[str, dict[str, str]]:
    """Annotate terms of a text as diseases."""
    places = [text.index(term) for term in terms]
    lines = [f"T{n}\tD {at} {at + len(term)}\t{term}" for n, (at, term) in enumerate(zip(places, terms, strict=True))]
    return text, {"annotations": "\n".join(lines)}


TRAIN = [note("une fièvre", "fièvre")] * 12 + [note("une toux", "toux")] * 3 + [note("un ulcère", "ulcère")]
TEST = [note("FIEVRE et toux", "FIEVRE", "toux"), note("un ulcère, un zona", "ulcère", "zona"), note("rien")]


def scored(
    folder: Path,
    answers: dict[str, list[Any]],
    tokens: list[list[int]],
    attributes: tuple[dict[str, str], ...] = ({}, {}, {}),
) -> list[dict[str, Any]]:
    """Score answers to the three test notes."""
    train, test = collected(folder / "train", TRAIN), collected(folder / "test", TEST)
    examples: list[Example] = sorted(entities.load(train, test=test).test["test"], key=lambda example: example.id)
    ids, gold = [example.id for example in examples], [example.gold for example in examples]
    part = PredictedExamples("test", "test", ids, gold, [""] * 3, list(attributes), tokens, answers)
    write_predictions(folder, [part], labels=["O", "B-D", "I-D"], rules="")
    settings = Evaluate(predictions="x", dataset=ENTITIES, metrics=["entity_f1"], resamples=50)
    run(settings, Inputs(predictions=[folder], train=[train], test=[test]), folder)
    rows: list[dict[str, Any]] = json.loads((folder / "terms.json").read_text())
    return rows


RIGHT = [("B-D", "O", "B-D"), ("O", "B-D", "O", "O", "B-D"), ("O",)]
TOKENS = [[1, 1, 2], [1, 3, 1, 1, 4], [1]]


def test_a_term_counts_by_how_often_it_was_learnt_however_it_is_written(tmp_path: Path) -> None:
    missed = [RIGHT[0], ("O", "B-D", "O", "O", "O"), ("B-D",)]  # zona is missed, and "rien" is taken for a disease
    rows = {row["from"]: row for row in scored(tmp_path, {"1": missed}, TOKENS) if row["by"] == "times_in_training"}
    assert {low: (row["below"], row["right_answers"], row["f1"]) for low, row in rows.items()} == {
        0: (1, 1, 0.0),
        1: (3, 1, 1.0),
        3: (10, 1, 1.0),
        10: (None, 1, 1.0),
    }
    assert rows[0]["precision"] == rows[0]["recall"] == 0


def test_what_is_missed_is_cut_finer_than_what_is_found(tmp_path: Path) -> None:
    missed = [RIGHT[0], ("O", "B-D", "O", "O", "O"), ("O",)]
    rows = scored(tmp_path, {"1": missed, "2": RIGHT}, TOKENS)
    by_tokens = {row["from"]: row for row in rows if row["by"] == "tokens_per_word"}
    assert {low: row["right_answers"] for low, row in by_tokens.items()} == {0.0: 1, 1.75: 1, 2.5: 2}
    assert by_tokens[2.5]["recall"] == pytest.approx((0.5 + 1) / 2) and by_tokens[0.0]["f1"] == 1
    (apart,) = [row for row in rows if row["by"] == "missed_against_found"]
    assert (apart["tokens_per_word_missed"], apart["tokens_per_word_found"]) == (4, pytest.approx(16 / 7))
    assert apart["low"] <= apart["difference"] <= apart["high"]


def test_an_answer_without_a_model_has_no_tokens(tmp_path: Path) -> None:
    assert {row["by"] for row in scored(tmp_path, {"all": RIGHT}, [[]] * 3)} == {"times_in_training"}


def test_means_are_subtracted() -> None:
    assert difference_of_means(np.array([6.0, 2, 4, 4])) == 2 and not math.isnan(difference_of_means(np.zeros(4)))


def test_new_concepts_are_also_scored_by_the_chapter_and_the_year_of_their_texts(tmp_path: Path) -> None:
    """Zona alone is new: of the chapter and the year of its note there is a row, and of no other."""
    places = ({"chapter": "X", "year": "2019"}, {"chapter": "I", "year": "2020"}, {"chapter": "II"})
    rows = scored(tmp_path, {"1": RIGHT}, TOKENS, places)
    new = {(row["by"], row["group"]): row for row in rows if row["by"].startswith("unseen_by")}
    assert set(new) == {("unseen_by_chapter", "I"), ("unseen_by_year", "2020")}
    assert all((row["right_answers"], row["units"], row["f1"]) == (1, 1, 1.0) for row in new.values())


def test_terms_say_in_how_many_documents_they_are_right_answers(tmp_path: Path) -> None:
    rows = [row for row in scored(tmp_path, {"1": RIGHT}, TOKENS) if row["by"] == "tokens_per_word"]
    assert {row["from"]: (row["right_answers"], row["units"]) for row in rows} == {
        0.0: (1, 1),
        1.75: (1, 1),
        2.5: (2, 1),
    }
