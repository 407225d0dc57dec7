"""The whole stage on models that learnt what decides: the words that do are found, chance finds them not."""

import pytest
from made_explanations import DECIDING, MEASURES, STABLE, Explanations

from alambic.errors import UserError
from alambic.stages.explain.run import run


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return Explanations(
        tmp_path_factory.mktemp("classes"),
        "sequence_classification",
        int8=True,
        perturbation={"typos": {"rate": 0.02}},
    )


@pytest.fixture(scope="module")
def entities(tmp_path_factory):
    return Explanations(tmp_path_factory.mktemp("entities"), "token_classification")


def test_the_word_that_decides_speaks_most_for_the_answer(classes):
    texts = {(row["dataset"], row["example"]): row["text"] for row in classes.table("explained_texts")}
    rows = [row for row in classes.table("attributions") if row["method"] == "leave_one_out"]
    assert rows and {(row["system"], row["seed"]) for row in rows} == {("big", "1"), ("small", "1"), ("small", "2")}
    found = 0
    for row in rows:
        text = texts[row["dataset"], row["example"]]
        words = [text[a:b] for a, b in zip(row["starts"], row["ends"], strict=True)]
        best = max(range(len(words)), key=row["values"].__getitem__)
        found += DECIDING.get(words[best]) == row["target"]
        assert 0 < row["probability"] <= 1 and row["seconds"] > 0
    assert found >= 0.9 * len(rows)


def test_each_method_is_tested_against_chance_and_one_that_beats_it_is_recommended(classes):
    (row,) = classes.measures(system="small", method="leave_one_out", measure="comprehensiveness")
    (chance,) = classes.measures(system="small", method="random", measure="comprehensiveness")
    assert row["low"] <= row["value"] <= row["high"] and row["value"] > chance["value"]
    assert row["difference"] == pytest.approx(row["value"] - chance["value"])
    assert row["corrected_p"] >= row["p"] and chance["p"] is None
    assert not classes.measures(measure="sensitivity", p=0.05) and classes.measures(measure="sensitivity", p=None)
    for best in classes.written["recommended"]:
        beaten = {
            name: sum(
                r["beats_random"] for r in classes.measures(system=best["system"], method=name, judges="faithfulness")
            )
            for name in ("gradient_x_input", "leave_one_out", "shapley_sampling")
        }
        assert best["beaten"] == max(beaten.values()) > 0 and beaten[best["method"]] == best["beaten"]
        assert best["candidates"] == 3 and best["measures"] == 6
    assert classes.facts["recommended"].keys() == {"big", "small"}


def test_every_measure_has_a_value_within_its_bounds(classes, entities):
    for made in (classes, entities):
        assert {row["measure"] for row in made.written["measures"]} == {*MEASURES, *STABLE}
        for row in made.written["measures"]:
            low, high = (-1, 1) if row["measure"] in MEASURES[:3] else (0, 1e9)
            assert low <= row["value"] <= high, row
        assert not made.measures(method="nearest_examples")


def test_variation_is_told_of_all_that_varies(classes):
    rows = classes.written["variation"]
    by = {row["varies"] for row in rows}
    assert by == {"methods", "method_seeds", "model_seeds", "systems", "int8", "perturbation"}
    for row in rows:
        for name in ("spearman", "overlap"):
            assert row[name]["low"] - 1e-9 <= row[name]["value"] <= row[name]["high"] + 1e-9
        assert -1 <= row["spearman"]["value"] <= 1 and 0 <= row["overlap"]["value"] <= 1
    (seeds,) = [row for row in rows if row["varies"] == "method_seeds" and row["method"] == "random"]
    (eight,) = [
        row for row in rows if row["varies"] == "int8" and (row["method"], row["first"]) == ("leave_one_out", "big")
    ]
    assert seeds["spearman"]["value"] < 0.6 and eight["overlap"]["value"] > 0.7
    assert not [row for row in rows if row["varies"] == "int8" and row["method"] == "gradient_x_input"]
    assert classes.facts["methods_without_eight_bits"] == 1
    same = [row for row in rows if row["varies"] == "perturbation" and row["method"] == "dictionary"]
    assert all(row["spearman"]["value"] > 0.5 for row in same)
    assert 0 < classes.facts["answers_that_changed_texts_keep"] <= classes.facts["answers_to_changed_texts"]


def test_texts_are_explained_by_their_nearest_training_texts(classes):
    rows = classes.table("nearest_examples")
    assert {row["rank"] for row in rows} == {1, 2} and all(-1.001 <= row["similarity"] <= 1.001 for row in rows)
    nearest = [row for row in rows if row["rank"] == 1]
    assert sum(row["gold"] == row["target"] for row in nearest) >= 0.9 * len(nearest)


def test_an_entity_is_told_by_its_place_and_its_own_words_are_marked(entities):
    rows = [row for row in entities.table("attributions") if row["method"] == "leave_one_out"]
    assert rows and all(row["target"].split(" ")[0] in ("DISEASE", "DRUG") for row in rows)
    (ours,) = entities.measures(system="big", method="leave_one_out", measure="plausibility")
    (chance,) = entities.measures(system="big", method="random", measure="plausibility")
    assert ours["value"] > chance["value"]
    assert {name.name for name in entities.output.iterdir()} == {
        "attributions.parquet",
        "explained_texts.parquet",
        "explanations.json",
        "measures.parquet",
        "nearest_examples.parquet",
    }


def test_a_test_set_that_is_not_there_is_named(classes, tmp_path):
    settings = classes.settings.model_copy(update={"datasets": ["elsewhere"]})
    with pytest.raises(UserError, match="no test set 'elsewhere': expected one of"):
        run(settings, classes.inputs, tmp_path)
