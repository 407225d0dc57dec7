"""An experiment is the same whichever way it comes: YAML, JSON, or the file of a plan."""

import json

import pytest
import yaml

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment
from alambic.settings.experiment_file import EXPERIMENTS, load_experiment

ODD = "a\u2028b\u0085c\x7fd\ufffe é \U0001f9ea"


@pytest.fixture
def experiment():
    content = yaml.safe_load((EXPERIMENTS / "smoke.yaml").read_text())
    content["report"]["title"] = content["description"] = ODD
    return read_experiment(content)


@pytest.mark.parametrize("how", ["inline", "file", "plan"])
def test_json_is_read_as_json(experiment, tmp_path, how):
    text = experiment.model_dump_json(exclude_unset=True)
    path = tmp_path / ("plan-0.json" if how == "plan" else "experiment.json")
    path.write_text(json.dumps({"experiment": json.loads(text), "artifacts": {}}) if how == "plan" else text)
    read = load_experiment(text if how == "inline" else str(path))
    assert read.description == ODD
    assert Plan(read).report.fingerprint == Plan(experiment).report.fingerprint


@pytest.mark.parametrize("content", [b"{", b'{"name": "\xff"}', b'{"a":' * 100_000, b"[]", b"3"])
def test_what_is_no_experiment_is_one_error(tmp_path, content):
    path = tmp_path / "experiment.json"
    path.write_bytes(content)
    with pytest.raises(UserError):
        load_experiment(str(path))
