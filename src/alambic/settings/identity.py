"""What determines a result: the plug-ins that settings name, and the values that count, as marks on the fields say."""

from typing import Any

from pydantic.fields import FieldInfo

from alambic import plugins
from alambic.plugins import CountsIfGiven, Location, name_in_identity
from alambic.settings.base import CountedElsewhere, Names, Plugged, PluginOptions, Refers, Settings, StopsOnly
from alambic.settings.references import nested


def used_plugins(settings: Settings) -> list[tuple[str, str]]:
    """List the (folder, name) of every plug-in that `settings` names; `name:function` where no more of it is used."""
    used: list[tuple[str, str]] = []
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        for _, inner in nested(field, value):
            used += used_plugins(inner)
        if (names := _names(info)) is not None:
            used += [(names.folder, name) for name in names.chosen(value)]
    if isinstance(settings, Plugged):
        function = f":{settings.plugin_function}" if settings.plugin_function else ""
        used.append((settings.plugin_folder, f"{getattr(settings, settings.plugin_field)}{function}"))
    return used


def identity(settings: Settings) -> dict[str, Any]:
    """Reduce settings to what determines the result: no names of items, no places; ordered steps stay ordered."""
    content: dict[str, Any] = {}
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        if any(isinstance(mark, Refers | Location | CountedElsewhere | StopsOnly) for mark in info.metadata):
            continue
        if _left_out(info, value):
            continue
        name = name_in_identity(field, info.metadata)
        if isinstance(value, Settings):
            content[name] = identity(value)
        elif nested(field, value):
            content[name] = [identity(inner) for _, inner in nested(field, value)]
        elif isinstance(settings, Plugged) and any(isinstance(mark, PluginOptions) for mark in info.metadata):
            plugin = getattr(settings, settings.plugin_field)
            content[name] = _options(settings.plugin_folder, plugin, value, settings.plugin_function)
        elif (names := _names(info)) is not None and isinstance(value, dict):
            groups = {group: _by_name(names, chosen) for group, chosen in names.groups(value).items()}
            content[name] = groups if names.grouped else groups[""]
        else:
            content[name] = settings.model_dump(mode="json", include={field})[field]
    return content


def _names(info: FieldInfo) -> Names | None:
    return next((mark for mark in info.metadata if isinstance(mark, Names)), None)


def _by_name(names: Names, chosen: dict[str, Any]) -> list[list[Any]] | dict[str, Any]:
    counted = {name: _options(names.folder, name, options) for name, options in chosen.items()}
    return [[name, options] for name, options in counted.items()] if names.ordered else counted


def _options(folder: str, plugin: str, options: dict[str, Any], function: str = "") -> dict[str, Any]:
    """Leave out options of a plug-in: places, and later ones at their defaults; a renamed one keeps its old name."""
    fields = plugins.signature(folder, plugin, function).options.model_fields
    marks = {name: info.metadata for name, info in fields.items()}
    return {
        name_in_identity(name, marks.get(name, [])): value
        for name, value in options.items()
        if not any(isinstance(mark, Location) for mark in marks.get(name, []))
        and not (name in fields and _left_out(fields[name], value))
    }


def _left_out(info: FieldInfo, value: Any) -> bool:
    """Say whether a setting that came later is at its default."""
    return any(isinstance(mark, CountsIfGiven) for mark in info.metadata) and value == info.get_default()
