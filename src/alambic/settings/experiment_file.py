"""Read an experiment from its YAML file, or from the JSON that a rule passes on."""

from pathlib import Path

import yaml

from alambic.errors import UserError, nearest
from alambic.settings import Experiment, read_experiment

EXPERIMENTS = Path(__file__).parents[3] / "config" / "experiments"


def load_experiment(name: str) -> Experiment:
    """Read `name`: a path, a name under config/experiments, or the experiment itself as JSON."""
    if name.startswith("{"):
        return read_experiment(yaml.safe_load(name))
    path = Path(name) if Path(name).is_file() else EXPERIMENTS / f"{name}.yaml"
    if not path.is_file():
        experiments = [file.stem for file in EXPERIMENTS.glob("*.yaml")]
        raise UserError(
            f"no experiment '{name}': give a path, or a name under {EXPERIMENTS}; {nearest(name, experiments)}"
        )
    try:
        return read_experiment(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {error}") from error
