"""Every stage is whole: what its settings class says, its section of an experiment, its module, its rule."""

import re
from typing import ClassVar, get_args, get_origin

import pytest

from alambic.errors import UserError
from alambic.settings import STAGES, Experiment, StageSettings, read_experiment
from alambic.settings.base import Plugged, Refers
from conftest import ROOT

FOLDERS = ROOT / "src" / "alambic" / "stages"
MADE_BY_THE_PLAN = {
    "finetune",
    "predict",
    "evaluate",
    "calibrate",
    "explain",
    "speed",
    "release",
    "study",
    "report",
}  # out of sections


def test_each_folder_of_a_stage_is_in_the_list():
    assert {path.parent.name for path in FOLDERS.glob("*/run.py")} == set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_a_section_of_its_settings_and_a_rule(stage):
    section = Experiment.model_fields[stage].annotation
    if stage not in MADE_BY_THE_PLAN:
        assert get_origin(section) is dict and get_args(section)[-1] is STAGES[stage]
    rules = (ROOT / "workflow" / "rules" / "stages.smk").read_text()
    assert re.search(rf"^(rule|use rule \w+ as) {stage}( with)?:$", rules, re.MULTILINE)
    assert f'        stage="{stage}",\n' in rules


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_of_those_before_it(stage):
    """But for signals of a model that was fine-tuned, and the report, which reads all."""
    marks = [
        mark for field in STAGES[stage].model_fields.values() for mark in field.metadata if isinstance(mark, Refers)
    ]
    read = {other for mark in marks for other in mark.stages} - ({"finetune"} if stage == "teach" else {"*"})
    assert read <= set(list(STAGES)[: list(STAGES).index(stage)])


def test_a_stage_without_a_section_is_one_error(monkeypatch):
    monkeypatch.setitem(STAGES, "nowhere", StageSettings)
    with pytest.raises(UserError, match="'nowhere' is in STAGES, but Experiment has no field `nowhere`"):
        read_experiment({"name": "tiny", "collect": {}})


def test_a_stage_without_a_module_is_one_error(monkeypatch):
    monkeypatch.setitem(STAGES, "tasks", StageSettings)  # a field of Experiment that is no stage
    with pytest.raises(UserError, match=r"'tasks' is in STAGES, but there is no .*stages/tasks/run\.py"):
        read_experiment({"name": "tiny", "collect": {}})


class Renamed(Plugged, StageSettings):
    """Settings with the options of a plug-in, of which a key was renamed."""

    renamed: ClassVar[dict[str, str]] = {"origins": "source"}
    plugin_field: ClassVar[str] = "source"
    plugin_folder: ClassVar[str] = "stages.collect.sources"
    source: str


def test_a_renamed_key_next_to_the_options_of_a_plug_in_is_refused_with_its_new_name():
    with pytest.raises(ValueError, match=r"origins was renamed: write .*source"):
        Renamed.model_validate({"source": "icd10_fr", "origins": 1})
