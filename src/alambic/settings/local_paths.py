"""Relative paths of an experiment: they are meant beside its file, wherever the command that reads it is started."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from alambic import plugins
from alambic.errors import UserError
from alambic.plugins import LocalPath
from alambic.settings.base import Plugged, Settings


def resolve_paths(kind: type[Settings], content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Give the content of settings of that kind with its relative paths as absolute ones, below `folder`."""
    return _mapping(kind, content, lambda path: resolved(path, folder))


def resolved(path: str, folder: Path) -> str:
    """Give an absolute path: `~` is the user's home, and what is relative is below `folder`."""
    if not path:
        return path
    expanded = Path(path)
    with contextlib.suppress(RuntimeError):  # nobody's home
        expanded = expanded.expanduser()
    return os.path.normpath(folder / expanded)


def local_paths(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield each local path within settings: its place, itself, and the digest that pins what lies there, or none."""
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        if _is_path(info.metadata) and value:
            yield field, value, str(getattr(settings, "sha256", "") or getattr(settings, "digest", ""))
        for index, inner in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(inner, Settings):
                place = f"{field}.{index}" if isinstance(value, list) else field
                yield from ((f"{place}.{path}", found, digest) for path, found, digest in local_paths(inner))
    if isinstance(settings, Plugged):
        for option in _paths_of(type(settings), getattr(settings, settings.plugin_field)):
            if path := settings.options.get(option):
                yield option, path, settings.options.get("digest") or settings.options.get("sha256") or ""


def _is_path(marks: list[Any]) -> bool:
    return any(isinstance(mark, LocalPath) for mark in marks)


def _paths_of(kind: type[Plugged], plugin: Any) -> list[str]:
    """Name the options of a plug-in that are local paths; none of one that does not exist."""
    try:
        fields = plugins.signature(kind.plugin_folder, plugin, kind.plugin_function).options.model_fields
    except (UserError, TypeError):  # what is wrong is said where the settings are checked
        return []
    return [name for name, info in fields.items() if _is_path(info.metadata)]


def _mapping(kind: type[Settings], content: dict[str, Any], resolve: Callable[[str], str]) -> dict[str, Any]:
    changed = dict(content)
    for field, info in kind.model_fields.items():
        if field in changed:
            path = _is_path(info.metadata) and isinstance(changed[field], str)
            changed[field] = resolve(changed[field]) if path else _value(info.annotation, changed[field], resolve)
    if issubclass(kind, Plugged):
        options = dict(changed["options"]) if isinstance(changed.get("options"), dict) else {}
        if options:
            changed["options"] = options
        for place in (changed, options):
            for option in _paths_of(kind, content.get(kind.plugin_field)):
                if isinstance(place.get(option), str):
                    place[option] = resolve(place[option])
    return changed


def _value(annotation: Any, value: Any, resolve: Callable[[str], str]) -> Any:
    """Go down to the settings within a value of that type."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return _mapping(annotation, value, resolve) if isinstance(value, dict) else value
    kinds = [inner for inner in get_args(annotation) if inner is not type(None)]
    if get_origin(annotation) is dict and isinstance(value, dict):
        return {key: _value(kinds[-1], inner, resolve) for key, inner in value.items()}
    if get_origin(annotation) is list and isinstance(value, list):
        return [_value(kinds[-1], inner, resolve) for inner in value]
    if len(kinds) == 1 and not isinstance(value, list):  # X | None, Annotated[X, ...]
        return _value(kinds[0], value, resolve)
    return value
