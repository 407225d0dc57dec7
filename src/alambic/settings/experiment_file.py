"""Read an experiment from its YAML file, from JSON, or from the file of a plan that a rule passes on."""

import json
from pathlib import Path
from typing import Any

import yaml

from alambic.errors import UserError, nearest
from alambic.settings import Experiment, read_experiment

EXPERIMENTS = Path(__file__).parents[3] / "config" / "experiments"


def load_experiment(name: str) -> Experiment:
    """Read `name`: a path of YAML, of JSON or of a plan, a name under config/experiments, or JSON itself."""
    if name.lstrip().startswith("{"):
        return read_experiment(_from_json(name, where="the experiment"))
    path = Path(name) if Path(name).is_file() else EXPERIMENTS / f"{name}.yaml"
    if not path.is_file():
        experiments = [file.stem for file in EXPERIMENTS.glob("*.yaml")]
        raise UserError(
            f"no experiment '{name}': give a path, or a name under {EXPERIMENTS}; {nearest(name, experiments)}"
        )
    if path.suffix == ".json":
        content = _from_json(path.read_bytes(), where=str(path))
        is_plan = isinstance(content, dict) and {"experiment", "artifacts"} == content.keys()
        return read_experiment(content["experiment"] if is_plan else content)
    try:
        return read_experiment(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}") from error


def _from_json(text: str | bytes, *, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8 as well
        raise UserError(f"{where} is not JSON: {error}") from error
