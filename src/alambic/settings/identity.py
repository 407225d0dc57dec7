"""What determines a result: the plug-ins that settings name, and the values that count."""

from typing import Any

from alambic import plugins
from alambic.plugins import Location
from alambic.settings.base import Plugged, Refers, Settings
from alambic.settings.corpus import Clean
from alambic.settings.references import nested
from alambic.settings.results import Evaluate
from alambic.settings.student import Distill
from alambic.settings.task import Task


def used_plugins(settings: Settings) -> list[tuple[str, str]]:
    """List the (folder, name) of every plug-in that `settings` names; `name:function` where no more of it is used."""
    found: list[tuple[str, str]] = []
    for field in type(settings).model_fields:
        for _, inner in nested(field, getattr(settings, field)):
            found += used_plugins(inner)
    if isinstance(settings, Plugged):
        function = f":{settings.plugin_function}" if settings.plugin_function else ""
        found.append((settings.plugin_folder, f"{getattr(settings, settings.plugin_field)}{function}"))
    if isinstance(settings, Clean):
        found += [("stages.clean.steps", name) for name in settings.steps]
    if isinstance(settings, Task):
        chosen = [settings.augment, *settings.perturb.values()]
        found += [("tasks.perturb.perturbations", name) for one in chosen for name in one]
    if isinstance(settings, Evaluate):
        found += [("stages.evaluate.metrics", name) for name in settings.metrics]
    if isinstance(settings, Distill):
        found += [("stages.distill.families", settings.family)]
        found += [("stages.distill.objectives", name) for name in settings.objectives]
        found += [("stages.distill.initial_vectors", name) for name in settings.initial_vectors]
    return found


def identity(settings: Settings) -> dict[str, Any]:
    """Reduce settings to what determines the result: no names of items, no places; ordered steps stay ordered."""
    content: dict[str, Any] = {}
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        if any(isinstance(mark, Refers | Location) for mark in info.metadata):
            continue
        if isinstance(value, Settings):
            content[field] = identity(value)
        elif nested(field, value):
            content[field] = [identity(inner) for _, inner in nested(field, value)]
        elif isinstance(settings, Plugged) and field == "options":
            content[field] = _without_places(settings)
        elif isinstance(settings, Task) and field in ("finetune", "metrics"):
            continue  # counted through the recipe of `finetune` and the metrics of `evaluate`
        elif (isinstance(settings, Clean) and field == "steps") or (isinstance(settings, Task) and field == "augment"):
            content[field] = _in_order(value)
        elif isinstance(settings, Task) and field == "perturb":
            content[field] = {name: _in_order(chosen) for name, chosen in value.items()}
        else:
            content[field] = settings.model_dump(mode="json", include={field})[field]
    return content


def _in_order(chosen: dict[str, Any]) -> list[list[Any]]:
    return [[name, options] for name, options in chosen.items()]


def _without_places(settings: Plugged) -> dict[str, Any]:
    name = getattr(settings, settings.plugin_field)
    fields = plugins.signature(settings.plugin_folder, name, settings.plugin_function).options.model_fields
    places = {name for name, info in fields.items() if any(isinstance(mark, Location) for mark in info.metadata)}
    return {name: value for name, value in settings.options.items() if name not in places}
