"""What the documentation names exists: modules, files, benchmarks, commands; and the README stays short."""

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alambic import plugins
from alambic.settings import read_experiment
from alambic.settings.base import Plugged
from alambic.settings.experiment import Experiment

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")),
]
# What an example of docs/extending.md writes or changes, its own test tries in a copy of the project.
EXAMPLE = re.compile(r"^```\w+\n(?:#|---) \S+\n.*?^```", re.MULTILINE | re.DOTALL)
DOTTED = re.compile(r"(?<![\w./])alambic(?:\.[A-Za-z_]\w*)+")
PATH = re.compile(r"(?<![\w./-])(?:src|tests|docs|benchmarks|config|profiles|scripts|workflow)/[\w./-]*\w")
WRITTEN = {"src/alambic/planning/adopted.jsonl"}  # by commands, when they are first used
MADE_HERE = re.compile(r"(?<![\w.])(?:/work|/tmp|/home|/root|\.\./shared)\b")


def text_of(page: Path) -> str:
    return EXAMPLE.sub("", page.read_text(encoding="utf-8"))


def pages(*, skip: str = "") -> list:
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if page.name != skip]


def exists(dotted: str) -> bool:
    """Whether it is a module, or a name that a module defines in its first column."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT / "src" / Path(*parts[:length])
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if source.exists():
            rest = parts[length:]
            defined = rf"^(?:(?:def|class) {rest[0]}\b|{rest[0]}\b.*=)" if rest else ""
            return len(rest) <= 1 and bool(re.search(defined, source.read_text(encoding="utf-8"), re.MULTILINE))
    return False


@pytest.mark.parametrize("page", pages(skip="CHANGELOG.md"))
def test_every_module_and_path_that_a_page_names_exists(page):
    text = text_of(page)
    missing = [name for name in DOTTED.findall(text) if not exists(name)]
    missing += [name for name in PATH.findall(text) if name not in WRITTEN and not list(ROOT.glob(name))]
    assert missing == []


@pytest.mark.parametrize("page", pages())
def test_no_page_names_a_path_of_one_machine(page):
    assert MADE_HERE.findall(page.read_text(encoding="utf-8")) == []


def test_code_and_settings_name_pages_that_exist():
    sources = [path for folder in ("src", "config", "profiles", "tests") for path in (ROOT / folder).rglob("*.*")]
    named = {
        name
        for path in sources
        if path.suffix in (".py", ".yaml", ".smk") and path != Path(__file__)
        for name in re.findall(r"(?<![\w/])docs/[\w./-]*\.md\b", path.read_text(encoding="utf-8"))
    }
    assert named and {name for name in named if not (ROOT / name).exists()} == set()


SNIPPET = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
SNIPPETS = [(page, block) for page in PAGES for block in SNIPPET.findall(text_of(page))]


def unknown_keys(values: dict, model: type) -> set[str]:
    """The keys that neither the settings nor the plug-in that they name know."""
    known = set(model.model_fields)
    if issubclass(model, Plugged) and model.plugin_field in values:
        folder, name = model.plugin_folder, values[model.plugin_field]
        known |= set(plugins.signature(folder, name).options.model_fields)
    return values.keys() - known


def test_settings_that_a_page_shows_exist():
    assert len(SNIPPETS) > 5
    for page, block in SNIPPETS:
        sections = yaml.safe_load(block)
        assert sections.keys() <= Experiment.model_fields.keys(), page
        for section, content in sections.items():
            parts = re.findall(r"alambic[\w.]+", str(Experiment.model_fields[section].annotation))
            if not parts or not isinstance(content, dict):
                continue
            module, _, name = parts[0].rpartition(".")
            model = getattr(importlib.import_module(module), name)
            named = str(Experiment.model_fields[section].annotation).startswith("dict")
            for item in content.values() if named else [content]:
                assert unknown_keys(item, model) == set(), (page, section)


def test_with_the_settings_that_the_page_on_certificates_changes_an_experiment_is_whole():
    page = (ROOT / "docs/certificates.md").read_text(encoding="utf-8")
    changed = yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    content = yaml.safe_load((ROOT / "config/experiments/certificates.yaml").read_text(encoding="utf-8"))
    content["collect"] |= {name: {**of, "digest": "0" * 64} for name, of in changed["collect"].items()}
    for task in content["tasks"].values():  # anchors: what the first one sets, the others take over
        task |= changed["tasks"]["certificates_1"]
    content["tasks"]["certificates_100"] |= changed["tasks"]["certificates_100"]
    for item in content["calibrate"].values():
        item |= changed["calibrate"]["dictionary"]
    content["report"] |= changed["report"]
    assert read_experiment(content).tasks["certificates_5"].options["test_years"] == ["2019"]


def test_the_readme_is_short():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 120
    assert max(line.count("|") - 1 for line in lines) <= 6


def test_every_benchmark_is_in_their_list_and_starts_by_the_command_that_is_given():
    programs = {str(path.relative_to(ROOT)) for path in (ROOT / "benchmarks").glob("*/*.py")}
    listed = set(re.findall(r"`python (benchmarks/\S+\.py)", (ROOT / "benchmarks" / "README.md").read_text()))
    assert listed == {name for name in programs if not name.startswith("benchmarks/support/")}


@pytest.mark.slow
def test_the_site_builds_and_its_links_lead_somewhere(tmp_path):
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    settings = (tmp_path / "reference" / "settings.html").read_text(encoding="utf-8")
    assert "learning_rate" in settings and "<code>distill.&lt;name&gt;</code>" in settings
    assert "hidden_regression" in (tmp_path / "reference" / "plugins" / "distill-objectives.html").read_text()
