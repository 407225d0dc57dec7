"""Promoted students in MLflow's registry: a version for each, and the alias `promoted` on the newest."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alambic.errors import UserError

FILE = "promoted.json"  # of a report
ALIAS = "promoted"


def promoted(report: Path) -> list[str] | None:
    """Read which students a report promotes; None of a report that decides nothing. UserError where it is damaged."""
    path = report / FILE
    if not path.exists():
        return None
    try:
        return [str(name) for name in json.loads(path.read_text(encoding="utf-8"))["promoted"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged ({error}): remove {report} to make the report again") from error


def registered_name(experiment: str, model: str) -> str:
    """Name a model in the registry, in the letters that it takes."""
    return re.sub(r"[/:.%\"']", "_", f"{experiment}-{model}")


def register(
    client: Any, experiment: str, models: Mapping[str, tuple[str, str, Mapping[str, str]]], names: list[str]
) -> None:
    """Give each promoted student a version with the alias; take the alias from those that are promoted no more.

    `models` holds of each student its logged model, its fingerprint, and the tags of the version. A fingerprint has
    one version, however often it is tracked.
    """
    for model, (identifier, fingerprint, tags) in models.items():
        name = registered_name(experiment, model)
        if model in names:
            _promote(client, name, identifier, {**tags, "fingerprint": fingerprint, "model": model})
        elif any(ALIAS in (known.aliases or {}) for known in _named(client, name)):
            client.delete_registered_model_alias(name, ALIAS)


def _promote(client: Any, name: str, identifier: str, tags: Mapping[str, str]) -> None:
    if not any(_named(client, name)):
        client.create_registered_model(name, tags={"experiment_model": tags["model"]})
    versions = client.search_model_versions(f"name = '{name}'")
    version = next((each for each in versions if each.tags.get("fingerprint") == tags["fingerprint"]), None)
    if version is None:
        version = client.create_model_version(
            name, f"models:/{identifier}", model_id=identifier, tags=dict(tags), description=tags.get("made_from", "")
        )
    for key, value in tags.items():
        if version.tags.get(key) != value:
            client.set_model_version_tag(name, version.version, key, value)
    client.set_registered_model_alias(name, ALIAS, version.version)


def _named(client: Any, name: str) -> Iterator[Any]:
    yield from client.search_registered_models(f"name = '{name}'")
