"""An experiment read from YAML, or one error that says everything wrong in it."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from alambic import plugins
from alambic.errors import UserError
from alambic.plugins import PACKAGE
from alambic.settings.base import Settings, describe
from alambic.settings.experiment import Experiment
from alambic.settings.local_paths import resolve_paths, resolved
from alambic.settings.parsing import line_of, shortened
from alambic.settings.plain_values import problems
from alambic.settings.stages import STAGES

MOST_LINES = 20  # of an error: what is wrong everywhere has one cause


def read_experiment(
    content: Any, lines: Mapping[str, int] = MappingProxyType({}), folder: Path | None = None
) -> Experiment:
    """Check an experiment as read from a file; UserError with the place, the value and what was expected.

    `lines` gives the line of each place in the file, `folder` what its relative paths are beside: they become absolute.
    """
    if not content:
        raise UserError("no experiment: give one with --configfile config/experiments/NAME.yaml")
    if not isinstance(content, dict):
        raise UserError(
            f"no experiment: {shortened(content)} is read; expected a mapping: `name: NAME`, `collect:`, `clean:`..."
        )
    use_plugins(content, folder)
    _check_stages()
    try:
        if wrong := list(islice(problems(content), MOST_LINES + 1)):
            raise _refused(content, wrong, lines)
        return Experiment.model_validate(content if folder is None else resolve_paths(Experiment, content, folder))
    except ValidationError as error:
        raise _refused(content, [_explain(detail) for detail in error.errors()], lines) from error
    except RecursionError as error:
        raise UserError("no experiment: lists and mappings within each other without end") from error


def use_plugins(content: Any, folder: Path | None) -> None:
    """Take the plug-ins of an experiment's own folder, before what names them is read."""
    given = content.get("plugins") if isinstance(content, dict) else None
    if isinstance(given, str) and given:
        plugins.use(Path(resolved(given, folder or Path.cwd())))


def _refused(content: dict[Any, Any], wrong: list[str], lines: Mapping[str, int]) -> UserError:
    name = content.get("name", "unnamed")
    shown = "\n".join(f"  {line}{_on_line(line, lines)}" for line in wrong[:MOST_LINES])
    more = "\n  and more" if len(wrong) > MOST_LINES else ""
    title = f"'{name}'" if isinstance(name, str) and name.isprintable() and len(name) < 80 else shortened(name)
    return UserError(f"experiment {title} is not valid:\n{shown}{more}")


def _on_line(message: str, lines: Mapping[str, int]) -> str:
    """Give the line of the place with which a message begins."""
    place = message.split(":")[0].split(" ")[0]
    line = line_of(place, lines)
    return f" (line {line})" if line else ""


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
