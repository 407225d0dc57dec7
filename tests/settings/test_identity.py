"""What of the settings determines a result is said by marks on their fields."""

import json
from hashlib import sha256
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field

from alambic import plugins
from alambic.planning.plan import Plan
from alambic.plugins import Location, WasNamed
from alambic.settings import Task, identity, references, used_plugins
from alambic.settings.base import CountedElsewhere, Names, Plugged, Refers, Settings
from alambic.settings.experiment_file import load_experiment

OCR = {"ocr": {"rate": 0.1}}
STEPS = {"normalise": {}, "length": {}}


class Inner(Settings):
    """Settings within others."""

    steps: Annotated[dict[str, dict[str, Any]], Names("stages.clean.steps", ordered=True)] = Field({})


class Marked(Settings):
    """A field of each kind."""

    base: Annotated[str, Refers("fetch")] = "gemma"
    helper: Annotated[str, Refers("fetch"), WasNamed("second")] = "bert"
    path: Annotated[str, Location()] = "/here"
    recipe: Annotated[int, CountedElsewhere("somewhere")] = 1
    seed: Annotated[int, WasNamed("draw")] = 3
    family: Annotated[str | None, Names("stages.distill.families")] = "encoder"
    metrics: Annotated[list[str], Names("stages.evaluate.metrics")] = Field(["accuracy"])
    objectives: Annotated[dict[str, dict[str, Any]], Names("stages.distill.objectives")] = Field(
        {"soft_labels": {"w": 1}}
    )
    perturb: Annotated[
        dict[str, dict[str, dict[str, Any]]], Names("tasks.perturb.perturbations", ordered=True, grouped=True)
    ] = Field({"scan": OCR})
    inner: Inner = Inner(steps=STEPS)
    several: list[Inner] = Field([Inner()])


def test_marks_say_what_counts_and_in_which_order():
    assert identity(Marked()) == {
        "draw": 3,
        "family": "encoder",
        "metrics": ["accuracy"],
        "objectives": {"soft_labels": {"w": 1}},
        "perturb": {"scan": [["ocr", {"rate": 0.1}]]},
        "inner": {"steps": [["normalise", {}], ["length", {}]]},
        "several": [{"steps": []}],
    }


def test_marks_say_which_plugins_are_used():
    assert sorted(used_plugins(Marked())) == [
        ("stages.clean.steps", "length"),
        ("stages.clean.steps", "normalise"),
        ("stages.distill.families", "encoder"),
        ("stages.distill.objectives", "soft_labels"),
        ("stages.evaluate.metrics", "accuracy"),
        ("tasks.perturb.perturbations", "ocr"),
    ]
    assert ("stages.distill.families", "None") not in used_plugins(Marked(family=None))


def test_a_renamed_reference_keeps_the_role_that_counts():
    assert [(mention.field, mention.role) for mention in references(Marked())] == [
        ("base", "base"),
        ("helper", "second"),
    ]


PLUGIN = '''
"""A source."""

def fetch(output, *, folder: Place, limit: Annotated[int, WasNamed("most")] = 10): ...
'''


def test_options_of_a_plugin_have_marks_too(tmp_path, monkeypatch):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "shelf.py").write_text(PLUGIN)
    monkeypatch.setattr(plugins, "PACKAGE", tmp_path)
    monkeypatch.setitem(plugins.CONTRACTS, "sources", plugins.Contract("fetch"))

    class Shelf(Plugged):
        plugin_field: ClassVar[str] = "source"
        plugin_folder: ClassVar[str] = "sources"
        source: str = "shelf"

    assert identity(Shelf(folder="/here", limit=3)) == {"source": "shelf", "options": {"most": 3}}


@pytest.mark.parametrize("first", ["typos", "diacritics"])
def test_a_task_counts_its_perturbations_in_order(first):
    second = {"typos": "diacritics", "diacritics": "typos"}[first]
    task = Task(
        task="icd10_labels", data={"labels": "icd10"}, augment={first: {}, second: {}}, perturb={"x": {second: {}}},
        finetune={"epochs": 2},
    )  # fmt: skip
    content = identity(task)
    assert [name for name, _ in content["augment"]] == [first, second]
    assert content.keys() == {"task", "augment", "perturb", "options"}


# Of all items of three experiments, by stage. Where one of these changes, everything of the stage is made anew.
DIGESTS = {
    "collect": "f64e79b5b818fefe",
    "clean": "dee8261e5f661907",
    "fetch": "62f0366b39e065da",
    "tokenizer": "d536189c09d37530",
    "teach": "98cf7ed6433cd987",
    "distill": "f632ac9ea3b79cd1",
    "finetune": "a225e214e0424dd4",
    "predict": "da6a819b39a50732",
    "evaluate": "1dece02a34a1d62e",
    "speed": "3311a5b99318fb56",
    "report": "a0db58fe303d77fe",
}


def test_what_determines_the_results_of_the_experiments_stays_as_it_is():
    content: dict[str, dict[str, Any]] = {}
    for name in ("demo", "partages", "smoke"):
        for made in Plan(load_experiment(name)).values():
            content.setdefault(made.stage, {})[f"{name}:{made.name}"] = identity(made.settings)
    found = {
        stage: sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()[:16] for stage, items in content.items()
    }
    assert found == DIGESTS
