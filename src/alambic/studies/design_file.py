"""The design of a study as its protocol states it: a protocol.json, the folder that holds one, or an experiment."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from alambic.errors import UserError, nearest
from alambic.settings.study import StudyItem
from alambic.studies.simulated import Design

FILE = "protocol.json"
# What the settings of a study say where an experiment leaves it out.
DEFAULTS: Mapping[str, Any] = {
    name: StudyItem.model_fields[name].default for name in ("wrong_advice", "alone_first", "attention", "delegate")
}


def read_design(place: Path, *, item: str = "") -> Design:
    """Read how many people meet which conditions; `item` chooses among the studies of an experiment.

    UserError where the file is no protocol, or lacks `people`, `items` or `conditions`.
    """
    path = place / FILE if place.is_dir() else place
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} is no protocol of a study ({error}): give protocol.json or an experiment") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} is no protocol of a study: expected protocol.json, or an experiment with `study`")
    settings = content.get("settings") or _of_experiment(content, path, item)
    return _design({**DEFAULTS, **settings}, path)


def _of_experiment(content: Mapping[str, Any], path: Path, item: str) -> dict[str, Any]:
    studies = content.get("study")
    if not isinstance(studies, dict) or not studies:
        raise UserError(f"{path} has no section `study`: give an experiment with a study, or its protocol.json")
    if not item and len(studies) > 1:
        raise UserError(f"{path} has {len(studies)} studies: choose one by --item: {', '.join(studies)}")
    name = item or next(iter(studies))
    if name not in studies:
        raise UserError(f"{path} has no study '{name}': {nearest(name, studies)}")
    return dict(studies[name])


def _design(settings: Mapping[str, Any], path: Path) -> Design:
    try:
        return Design(
            participants=int(settings["people"]),
            items=int(settings["items"]),
            conditions=[str(each) for each in settings["conditions"]],
            wrong_share=float(settings["wrong_advice"]),
            advice_first=not settings["alone_first"],
            attention_checks=int(settings["attention"]),
            can_delegate=bool(settings["delegate"]),
            expertise=list(settings.get("expertise") or ()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: {error}: the protocol of a study has `people` and `items` (numbers) and `conditions` (a list)"
        ) from error
