"""The schema for editors, against the settings that it describes."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from alambic.errors import UserError
from alambic.settings import read_experiment
from alambic.settings.schema import FILE, experiment_schema, schema_text

EXPERIMENTS = sorted((FILE.parent / "experiments").rglob("*.yaml"))
VALIDATOR = jsonschema.Draft7Validator(experiment_schema())


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(experiment_schema())


def test_the_file_is_that_of_the_code():
    assert FILE.read_text(encoding="utf-8") == schema_text(), f"python -m alambic schema > {FILE.name} in config/"


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_a_shipped_experiment_names_the_schema_and_fits_it(path: Path):
    text = path.read_text(encoding="utf-8")
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == FILE
    assert not list(VALIDATOR.iter_errors(yaml.safe_load(text)))


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where keys are of the settings' choice, not of the user's."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from places(inner, (*path, key))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_unknown_key_is_refused_by_both_wherever_it_stands(path: Path):
    """Conservation: what the settings refuse for its name, an editor shows, and nothing else."""
    experiment = yaml.safe_load(path.read_text(encoding="utf-8"))
    tried = 0
    for place in places(experiment):
        wrong = copy.deepcopy(experiment)
        inner = wrong
        for key in place:
            inner = inner[key]
        inner["no_such_key"] = {}
        try:
            read_experiment(wrong)
        except UserError as error:
            if "unknown key" in str(error):
                tried += 1
                assert list(VALIDATOR.iter_errors(wrong)), f"{place}: {error}"
    assert tried > 3


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("distill", "student", "sequence_length"), 0),
        (("distill", "student", "family"), "encodeur"),
        (("distill", "student", "objectives"), {"hidden_regresion": {}}),
        (("distill", "student", "objectives"), {"hidden_regression": {"weight": -1}}),
        (("collect", "icd10", "source"), "icd_10"),
        (("clean", "medical", "steps"), {"sampel": {}}),
        (("finetune", "by_model"), {"student": {"epoch": 3}}),
        (("tasks", "icd_chapter", "finetune"), {"epoch": 3}),
        (("collect", "icd10"), {"external_causes": 1}),
    ],
)
def test_a_wrong_value_is_shown(place: tuple[str, ...], value: Any):
    experiment = yaml.safe_load((FILE.parent / "experiments" / "smoke.yaml").read_text(encoding="utf-8"))
    inner = experiment
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    assert list(VALIDATOR.iter_errors(experiment))
