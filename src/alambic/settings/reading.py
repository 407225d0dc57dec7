"""An experiment read from YAML, or one error that says everything wrong in it."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from alambic.errors import UserError
from alambic.plugins import PACKAGE
from alambic.settings.base import Settings, describe
from alambic.settings.experiment import Experiment
from alambic.settings.stages import STAGES


def read_experiment(content: Any) -> Experiment:
    """Check an experiment as read from YAML; UserError with the place, the value and what was expected."""
    if not isinstance(content, dict) or not content:
        raise UserError("no experiment: give one with --configfile config/experiments/NAME.yaml")
    _check_stages()
    try:
        return Experiment.model_validate(content)
    except ValidationError as error:
        lines = [_explain(detail) for detail in error.errors()]
        name = content.get("name", "unnamed")
        raise UserError(f"experiment '{name}' is not valid:\n" + "\n".join(f"  {line}" for line in lines)) from error


def _check_stages() -> None:
    """Check that each stage of the list has a section in an experiment, and a module that runs it."""
    for stage in STAGES:
        module = PACKAGE / "stages" / stage / "run.py"
        if stage not in Experiment.model_fields:
            raise UserError(f"stage '{stage}' is in STAGES, but Experiment has no field `{stage}` for its section")
        if not module.is_file():
            raise UserError(f"stage '{stage}' is in STAGES, but there is no {module} that runs it")


def _explain(detail: Any) -> str:
    model: Any = Experiment
    for step in detail["loc"][:-1]:
        model = _inside(model, step)
    if isinstance(model, type) and issubclass(model, Settings):
        return describe(detail, "", list(model.model_fields), model.renamed)
    return describe(detail, "", [])


def _inside(model: Any, step: str | int) -> Any:
    """Follow one step of an error's place down the types of the settings."""
    if get_origin(model) in (dict, list):
        return get_args(model)[-1]
    if isinstance(model, type) and issubclass(model, BaseModel) and step in model.model_fields:
        kind = model.model_fields[str(step)].annotation
        optional = [inner for inner in get_args(kind) if isinstance(inner, type) and issubclass(inner, BaseModel)]
        return kind if get_origin(kind) in (dict, list) or not optional else optional[0]
    return None
