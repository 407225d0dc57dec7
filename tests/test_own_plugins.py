"""Plug-ins of a user's own folder: found by an experiment, part of fingerprints wherever they lie, and in jobs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alambic.data.documents import read_documents

SOURCE = '''"""Sentences of a list.

Licence and conditions: CC0-1.0. To cite: nobody.
"""

from collections.abc import Iterator
from pathlib import Path

from alambic.data.documents import Document
from alambic.stages.collect.sources._numbered import numbered


def fetch(*, licence: str = "CC0-1.0", repeat: int = 1) -> Iterator[Document]:
    """Yield a document a line."""
    lines = (Path(__file__).parent / "sentences.txt").read_text().splitlines()
    for name, line in numbered(lines * repeat):
        yield Document(id=name, text=line, source="sentences", url="", licence=licence)
'''
HELPER = '''"""Names."""


def numbered(lines):
    """Give each line a name."""
    return ((f"line {number}", line) for number, line in enumerate(lines))
'''
STEP = '''"""Shout."""

from collections.abc import Callable
from dataclasses import replace

from alambic.data.documents import Document


def step() -> Callable[[Document], Document | str]:
    """Return what shouts."""
    return lambda document: replace(document, text=document.text.upper())
'''
EXPERIMENT = """
name: own
plugins: mine
collect:
  sentences: {source: sentences, repeat: 2}
  ansm: {source: ansm_interactions}
clean:
  loud: {sources: [sentences], steps: {normalise: {}, shout: {}}, held_out: 0}
"""
# Says what a plan says, and writes the file that its jobs read.
PROGRAM = """
import json, sys
from alambic.errors import UserError
from alambic.jobs.plan_file import write_plan
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment
try:
    plan = Plan(load_experiment(sys.argv[1]))
    print(json.dumps({"file": str(write_plan(plan).absolute()), **{name: str(a.manifest) for name, a in plan.items()}}))
except UserError as error:
    print(json.dumps({"error": str(error)}))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    sources, steps = tmp_path / "mine/stages/collect/sources", tmp_path / "mine/stages/clean/steps"
    sources.mkdir(parents=True), steps.mkdir(parents=True)
    (sources / "sentences.py").write_text(SOURCE)
    (sources / "_numbered.py").write_text(HELPER)
    (sources / "sentences.txt").write_text("La toux passe.\nLa fièvre monte.\n")
    (steps / "shout.py").write_text(STEP)
    (tmp_path / "own.yaml").write_text(EXPERIMENT)
    return tmp_path


def planned(experiment: Path) -> dict[str, Any]:
    """Plan in a process of its own, elsewhere than the experiment lies."""
    work = experiment.parents[1] / "work"
    work.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(experiment)], cwd=work, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_folder_beside_the_experiment_counts_wherever_it_lies_and_reaches_jobs(project: Path) -> None:
    plan = planned(project / "own.yaml")
    work = project.parent / "work"
    for name in ("collect/sentences", "clean/loud"):
        command = [sys.executable, "-m", "alambic", name.split("/")[0], "--plan", plan["file"], "--output", plan[name]]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    manifest = json.loads((work / plan["clean/loud"]).read_text())
    loud = read_documents(work / Path(plan["clean/loud"]).parent, part="train")
    assert sorted(document.text for document in loud) == sorted(["LA TOUX PASSE.", "LA FIÈVRE MONTE."] * 2)
    assert "alambic.stages.clean.steps.shout" in manifest["sources"]

    # Elsewhere it is the same; a word of the list, or a line of a helper, makes its source anew, and nothing else.
    shutil.copytree(project, project.parent / "elsewhere", dirs_exist_ok=True)
    moved = planned(project.parent / "elsewhere/own.yaml")
    del plan["file"], moved["file"]
    assert moved == plan
    sources = project / "mine/stages/collect/sources"
    for file, old, new in (("sentences.txt", "passe", "reste"), ("_numbered.py", "line {number}", "row {number}")):
        before = planned(project / "own.yaml")
        (sources / file).write_text((sources / file).read_text().replace(old, new))
        after = planned(project / "own.yaml")
        changed = {name for name in after if name != "file" and after[name] != before[name]}
        assert changed == {"collect/sentences", "clean/loud", "report/own"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda folder: shutil.rmtree(folder), "plugins: .*/mine is no folder: a relative path is meant beside"),
        (
            lambda folder: (folder / "stages/clean/steps/length.py").write_text(STEP),
            "mine/stages/clean/steps/length.py bears the name of .*alambic/stages/clean/steps/length.py",
        ),
        (
            lambda folder: (folder / "stages/clean/shout.py").write_text(STEP),
            "no plug-ins are in a folder of that name; did you mean 'stages/clean/steps'",
        ),
        (
            lambda folder: [file.unlink() for file in folder.rglob("*.py")],
            "mine holds no plug-in: expected files such as tasks/datasets/mine.py",
        ),
        (
            lambda folder: (folder / "stages/clean/steps/shout.py").write_text("def step(:"),
            "mine/stages/clean/steps/shout.py, line 1: invalid syntax",
        ),
    ],
)
def test_what_is_wrong_with_the_folder_is_one_error(project: Path, change: Any, error: str) -> None:
    change(project / "mine")
    found = planned(project / "own.yaml")
    assert re.search(error, found["error"]), found


def test_commands_that_read_no_experiment_take_the_folder_of_the_environment(project: Path) -> None:
    settings = json.dumps({"source": "sentences"})
    command = [sys.executable, "-m", "alambic", "collect", "--unsupervised", "--settings", settings]
    environment = {**os.environ, "ALAMBIC_PLUGINS": str(project / "mine")}
    output = project / "out/unused/manifest.json"
    done = subprocess.run([*command, "--output", output], env=environment, capture_output=True, text=True, timeout=120)
    assert "was planned for other code or settings" in done.stderr  # it was read, and its fingerprint is another
    done = subprocess.run([*command, "--output", output], capture_output=True, text=True, timeout=120)
    assert "no collect.sources plug-in named 'sentences'" in done.stderr
