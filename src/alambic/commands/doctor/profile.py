"""A site's profile, read as Snakemake reads it: what each rule asks for, and the environment variables it names."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from alambic.commands.doctor.job_request import JobRequest, parse_count
from alambic.errors import UserError, nearest
from alambic.settings import STAGES

PROFILES = Path(__file__).parents[4] / "profiles"
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Profile:
    """One file of profiles/."""

    path: Path
    settings: Mapping[str, Any]

    @property
    def slurm(self) -> bool:
        """Whether jobs go to Slurm."""
        return self.settings.get("executor") == "slurm"

    @cached_property
    def requests(self) -> list[JobRequest]:
        """Every distinct kind of job."""
        alike: dict[str, list[tuple[str, dict[str, Any], int]]] = defaultdict(list)
        for rule in STAGES:
            resources = {**self.section("default-resources"), **self.resources_of(rule)}
            resources = {key: expand(value) for key, value in resources.items()}
            threads = parse_count(f"{self.path}: set-threads: {rule}", self.section("set-threads").get(rule, 1))
            alike[json.dumps([resources, threads], sort_keys=True)].append((rule, resources, threads))
        return [JobRequest(tuple(rule for rule, _, _ in group), group[0][1], group[0][2]) for group in alike.values()]

    def request_of(self, rule: str) -> JobRequest:
        """Give the job that a rule submits."""
        return next(request for request in self.requests if rule in request.rules)

    def values(self, key: str) -> dict[str, str]:
        """Give each distinct value of a resource, with the rules that take it."""
        rules_by_value: dict[str, list[str]] = defaultdict(list)
        for request in self.requests:
            value = request.get(key)
            if value is not None:
                rules_by_value[value] += request.rules
        return {value: ", ".join(rules) for value, rules in rules_by_value.items()}

    def unset_variables(self) -> set[str]:
        """Name the environment variables that the resources want and that nobody has set."""
        values = [str(value) for request in self.requests for value in request.resources.values()]
        return {name for value in values for name in unset_in(value)}

    def number(self, key: str, default: int) -> int:
        """Give an option of Snakemake that is a count. Raises UserError where it is none."""
        return parse_count(f"{self.path}: {key}", self.settings.get(key, default))

    def resources_of(self, rule: str) -> dict[str, Any]:
        """Give what `set-resources` says of a rule."""
        return self._mapping(f"set-resources: {rule}", self.section("set-resources").get(rule))

    def section(self, name: str) -> dict[str, Any]:
        """Give what the profile holds under a name."""
        return self._mapping(name, self.settings.get(name))

    def _mapping(self, name: str, section: Any) -> dict[str, Any]:
        if not isinstance(section or {}, dict):
            raise UserError(f"{self.path}: '{name}' is {section!r}; expected a mapping, such as `runtime: 4h`")
        return section or {}


def read_profile(site: str) -> Profile:
    """Read `site`: a name such as slurm/jean-zay-h100, or a path."""
    path = Path(site) if Path(site).is_file() else PROFILES / f"{site}.yaml"
    if not path.is_file():
        sites = [str(file.relative_to(PROFILES).with_suffix("")) for file in PROFILES.rglob("*.yaml")]
        sites.remove("default/config")
        raise UserError(f"no site '{site}': give a path, or a name under {PROFILES}; {nearest(site, sites)}")
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path} is not YAML in UTF-8: {error}") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not isinstance(settings, dict):
        raise UserError(f"{path} holds no settings: expected a Snakemake profile, as those under {PROFILES}")
    here = path.resolve()
    return Profile(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here, settings)


def expand(value: Any) -> Any:
    """Put the environment's variables into a text, as Snakemake does; an unset one stays."""
    return os.path.expandvars(value) if isinstance(value, str) else value


def unset_in(value: str) -> list[str]:
    """Name the variables that were not set."""
    return [braced or bare for braced, bare in VARIABLE.findall(value)]
