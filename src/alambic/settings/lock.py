"""What an experiment brings from elsewhere, pinned by a file of its own beside it: `<experiment>.lock`.

An experiment says `auto`, a branch or a tag where a commit or a digest belongs, or leaves the pin out; the lock says
which commit or digest that was on the day when `python -m alambic lock` looked. A pin counts only for the address that
it was looked up for: who changes the address locks anew.
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic import plugins
from alambic.errors import UserError
from alambic.settings.base import Plugged
from alambic.settings.parsing import parse_yaml
from alambic.settings.stages import STAGES

AUTO = "auto"
LENGTHS = {"revision": 40, "sha256": 64, "digest": 64}  # hexadecimal digits
HUB = "https://huggingface.co"
INDEX = "pkg:pypi/"  # a file of the package index, in the notation of package URLs

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Pin:
    """One commit or digest that an experiment needs."""

    place: str  # in the experiment: collect.rcp.sha256
    kind: str  # of LENGTHS
    address: str  # of what it pins: a URL, a path, a repository of the hub and its branch; empty where nothing says
    value: str  # as the experiment gives it

    @property
    def item(self) -> str:
        """Name the item that has it: collect.rcp."""
        return self.place.rpartition(".")[0]

    @property
    def open(self) -> bool:
        """Tell whether the experiment leaves it to the lock."""
        digits = LENGTHS[self.kind]
        return re.fullmatch(rf"[0-9a-f]{{{digits}}}", self.value) is None or set(self.value) == {"0"}


def kind_of(option: str) -> str:
    """Give the kind of pin that an option holds, by its name; empty of one that is none.

    "metadata_sha256" -> "sha256"
    """
    kind = option.rpartition("_")[2]
    return kind if kind in LENGTHS else ""


def lock_of(experiment: Path) -> Path:
    """Name the lock of an experiment's file: partages.yaml -> partages.lock."""
    return experiment.with_suffix(".lock")


def pins(content: Content) -> Iterator[Pin]:
    """Yield every pin that the items of an experiment need, as read from YAML; what is not in order is passed by.

    What is wrong in it is told when the settings are checked.
    """
    for stage, model in STAGES.items():
        section = content.get(stage)
        if model.brings is None or not issubclass(model, Plugged) or not isinstance(section, Mapping):
            continue
        for item, settings in section.items():
            if isinstance(settings, Mapping):
                yield from _pins_of(f"{stage}.{item}", model, settings)


def _pins_of(place: str, model: type[Plugged], settings: Content) -> Iterator[Pin]:
    name = settings.get(model.plugin_field)
    if name not in plugins.names(model.plugin_folder):
        return
    fields = plugins.signature(model.plugin_folder, name).options.model_fields
    for option, field in fields.items():
        kind, given = kind_of(option), settings.get(option)
        if kind and (isinstance(given, str) or (given is None and field.is_required())):
            value = given or ""
            if value or field.is_required():  # an empty one that may be left out pins nothing
                known = {name: each.default for name, each in fields.items() if isinstance(each.default, str)}
                yield Pin(f"{place}.{option}", kind, _address(known | dict(settings), option, kind, value), value)


def _address(settings: Content, option: str, kind: str, value: str) -> str:
    """Say what a pin is of, by the settings beside it, defaults included."""
    if settings.get("package") and settings.get("filename"):
        return f"{INDEX}{settings['package']}?file_name={settings['filename']}"
    if kind == "revision":
        branch = value if value and value != AUTO and set(value) != {"0"} else "main"
        for name, prefix in (("dataset", f"{HUB}/datasets/"), ("model", f"{HUB}/")):
            if settings.get(name):
                return f"{prefix}{settings[name]}@{branch}"
        return ""
    pinned = "path" if kind == "digest" else option.replace("sha256", "url")
    return str(settings.get(pinned) or "")


def read_lock(path: Path) -> dict[str, dict[str, str]]:
    """Read a lock: of each place the address and the value; empty where there is no lock."""
    if not path.is_file():
        return {}
    try:
        entries = parse_yaml(path.read_text(encoding="utf-8"), str(path)).content or {}
        for place, entry in entries.items():
            if not (isinstance(place, str) and set(entry) == {"of", "is"}):
                raise TypeError(f"{place}: {entry!r}")
            if not all(isinstance(value, str) for value in entry.values()):
                raise TypeError(f"{place}: {entry!r}")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is no lock ({error}): remove it, and run `python -m alambic lock` again") from error
    return dict(entries)


def write_lock(path: Path, entries: Mapping[str, Mapping[str, str]]) -> None:
    """Write a lock, one pin after the other by its place."""
    head = f"# What {path.stem}.yaml brings from elsewhere, as `python -m alambic lock` resolved it. Renew one pin:\n"
    head += f"# python -m alambic lock {path.stem}.yaml --update NAME\n"
    lines = [
        f"{json.dumps(place)}:\n  of: {json.dumps(entry['of'], ensure_ascii=False)}\n  is: {json.dumps(entry['is'])}\n"
        for place, entry in sorted(entries.items())
    ]
    path.write_text(head + "".join(lines), encoding="utf-8")


def locked(content: Content, entries: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Put into an experiment the pins that it leaves to its lock; zeros where the lock has none for the address."""
    result: dict[str, Any] = deepcopy(dict(content))
    for pin in pins(content):
        if pin.open:
            stage, _, item = pin.item.partition(".")
            entry = entries.get(pin.place, {})
            known = entry.get("of") == pin.address and pin.address
            result[stage][item][pin.place.rpartition(".")[2]] = entry["is"] if known else "0" * LENGTHS[pin.kind]
    return result
