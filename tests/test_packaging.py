"""One source of versions: pyproject.toml, the lock and the conda environments agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(lines: list[str]) -> dict[str, str]:
    found = (line.partition("==") for line in lines if "==" in line)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, _, version in found}


WANTED = pins(PROJECT["dependencies"])
TESTS = pins(PROJECT["optional-dependencies"]["test"])
DOCS = pins(PROJECT["optional-dependencies"]["docs"])
LOCK = pins((ROOT / "requirements.lock").read_text().splitlines())


def test_every_dependency_is_pinned_and_locked():
    assert len(WANTED) == len(PROJECT["dependencies"])
    assert {name: LOCK.get(name) for name in WANTED | TESTS | DOCS} == WANTED | TESTS | DOCS


@pytest.mark.parametrize("name", ["data", "train"])
def test_conda_environments_take_versions_from_the_project(name):
    content = yaml.safe_load((ROOT / "workflow" / "envs" / f"{name}.yaml").read_text())
    found = pins(content["dependencies"][-1]["pip"])
    assert found and found.items() <= WANTED.items()
    if name == "train":
        assert found == WANTED
