"""One source of versions: pyproject.toml, the lock and the conda environments agree."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

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


def test_the_lock_installs_on_the_oldest_python_that_is_asked_for():
    """Debian 12 has 3.11.2: a package for documentation alone, which asked for 3.11.5, made `make demo` fail there."""
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    asked = {}
    for name in LOCK:
        try:
            asked[name] = metadata(name).get("Requires-Python") or ""
        except PackageNotFoundError:
            continue  # for another machine than this
    assert len(asked) > 0.9 * len(LOCK)
    assert {name: wanted for name, wanted in asked.items() if not SpecifierSet(wanted).contains(oldest)} == {}


@pytest.mark.parametrize("name", ["data", "train"])
def test_conda_environments_take_versions_from_the_project(name):
    content = yaml.safe_load((ROOT / "workflow" / "envs" / f"{name}.yaml").read_text())
    found = pins(content["dependencies"][-1]["pip"])
    assert found and found.items() <= WANTED.items()
    if name == "train":
        assert found == WANTED


def test_the_citation_agrees_with_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]["text"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


def test_commit_hooks_call_the_tools_of_the_test_command():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    command = (ROOT / "scripts" / "test.sh").read_text()
    entries = " ".join(hook["entry"] for hook in hooks)
    for tool in ("ruff check", "ruff format --check", "mypy", "snakefmt --check", "snakemake --lint", "mkdocs build"):
        assert tool in entries and tool in command
