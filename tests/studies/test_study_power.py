"""Power: the effect that is put in is the effect that people have, and more people see it more often."""

import json
from dataclasses import replace

import pytest

from alambic.errors import UserError
from alambic.studies.design_file import read_design
from alambic.studies.population import true_values
from alambic.studies.power import Assumed, check_numbers, default_contrast, population_with, power_table
from alambic.studies.simulated import Design

CONTRAST = ("explanation:lime", "advice")
DESIGN = Design(8, 24, ("alone", *reversed(CONTRAST)), wrong_share=0.25)
SETTINGS = {"people": 12, "items": 24, "conditions": ["alone", "advice", "explanation:lime"], "wrong_advice": 0.25}


@pytest.mark.parametrize("measure", ["over_reliance", "under_reliance", "accuracy"])
@pytest.mark.parametrize("effect", [-0.1, 0.0, 0.05])
def test_people_have_the_effect_that_is_asked_for(measure, effect):
    population = population_with(effect, measure, CONTRAST, DESIGN, Assumed())
    values = [true_values(population, each, wrong_share=0.25)[measure] for each in CONTRAST]
    assert values[0] - values[1] == pytest.approx(effect, abs=0.002)


def test_more_people_and_larger_effects_are_seen_more_often():
    rows = {
        (row.effect, row.people): row.power
        for row in power_table(
            replace(DESIGN, wrong_share=0.5),
            measure="over_reliance",
            contrast=CONTRAST,
            effects=[0.0, -0.3],
            people=[6, 30],
            studies=30,
        )
    }
    assert rows[-0.3, 30] > rows[-0.3, 6] and rows[-0.3, 30] > 0.7
    assert rows[0.0, 30] <= 0.17  # 5 % within what 30 studies may show by chance


def test_a_protocol_is_read_from_what_the_study_wrote_and_from_an_experiment(tmp_path):
    (tmp_path / "protocol.json").write_text(json.dumps({"digest": "x", "settings": {**SETTINGS, "alone_first": False}}))
    made = read_design(tmp_path)
    assert (made.participants, made.items, made.wrong_share, made.advice_first) == (12, 24, 0.25, True)
    experiment = tmp_path / "experiment.yaml"
    experiment.write_text(json.dumps({"study": {"one": SETTINGS, "other": {**SETTINGS, "people": 24}}}))
    assert read_design(experiment, item="other").participants == 24
    assert not read_design(experiment, item="one").advice_first
    with pytest.raises(UserError, match="choose one by --item: one, other"):
        read_design(experiment)
    with pytest.raises(UserError, match=r"no study 'othr'.*did you mean 'other'"):
        read_design(experiment, item="othr")


@pytest.mark.parametrize("content", ["[", "3", "{}", '{"settings": {"people": 3}}', '{"study": {"a": {"items": 2}}}'])
def test_what_is_no_protocol_is_an_error_that_says_what_one_has(tmp_path, content):
    path = tmp_path / "protocol.json"
    path.write_text(content)
    with pytest.raises(UserError, match="protocol"):
        read_design(path)


@pytest.mark.parametrize(
    ("measure", "contrast", "effect", "message"),
    [
        ("joy", CONTRAST, 0.1, "--measure joy: expected one of"),
        ("accuracy", ("advice", "explanation:lime"), 0.1, "not compared by this protocol"),
        ("over_reliance", ("advice", "alone"), 0.1, "has no meaning alone"),
        ("over_reliance", CONTRAST, 0.9, "can differ from advice by"),
        ("time", CONTRAST, -1.0, "a time cannot become"),
    ],
)
def test_effects_that_cannot_be_are_errors(measure, contrast, effect, message):
    with pytest.raises(UserError, match=message):
        list(power_table(DESIGN, measure=measure, contrast=contrast, effects=[effect], people=[4], studies=1))


def test_numbers_that_cannot_be_are_errors():
    with pytest.raises(UserError, match="--takes-right 1"):
        check_numbers(Assumed(takes_right=1.0), [4], 10)
    with pytest.raises(UserError, match="--people 1"):
        check_numbers(Assumed(), [4, 1], 10)
    assert default_contrast(DESIGN, "over_reliance") == CONTRAST
    with pytest.raises(UserError, match="nothing to compare"):
        default_contrast(Design(4, 4, ("alone",)), "accuracy")
