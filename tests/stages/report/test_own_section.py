"""A section of a user's own folder: on the page, in its words, and in the report's fingerprint with all its files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alambic.data.manifest import Manifest

MODULE = '''"""How many artifacts there are."""

ORDER = 1


def section(report):
    """Count them."""
    return {"number": len(report.artifacts)}
'''
PROGRAM = """
import json, sys
from pathlib import Path
from alambic import plugins
from alambic.data.inputs import Inputs
from alambic.planning.artifact import sources_of
from alambic.settings import Report
plugins.use(Path("mine").resolve())
settings = Report(experiment="x", items=["collect/a"], chosen=["counted"])
from alambic.errors import UserError
from alambic.stages.report.run import run
try:
    run(settings, Inputs({"artifacts": [Path("a")]}), Path("."))
    print(json.dumps(sources_of("report", settings)))
except UserError as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mine/stages/report"
    files = {
        "sections/counted.py": MODULE,
        "templates/sections/counted.html": "<p>{{ words.number.format(number=number) }}</p>",
        "words/counted.json": json.dumps(
            {
                "title": {"en": "A count", "fr": "Un compte"},
                "number": {"en": "{number} artifacts", "fr": "{number} artefacts"},
            }
        ),
    }
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    record = Manifest("collect", "a", "0" * 64, {}, identity={}, sources={}, inputs={}, facts={})
    (tmp_path / "a").mkdir()
    (tmp_path / "a/manifest.json").write_text(record.dump())
    return tmp_path


def made(folder: Path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, env={**os.environ}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_is_shown_and_every_file_of_it_counts(folder: Path):
    before = made(folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "1 artifacts" in page and "1 artefacts" in page and 'id="counted"' in page and 'id="cost"' not in page
    place = folder / "mine/stages/report"
    for name in ("templates/sections/counted.html", "words/counted.json"):
        (place / name).write_text((place / name).read_text() + "\n")
        after = made(folder)
        assert {key for key in before | after if before.get(key) != after.get(key)} == {f"alambic/stages/report/{name}"}
        before = after


def test_one_without_words_is_an_error_that_says_where_they_go(folder: Path):
    (words := folder / "mine/stages/report/words/counted.json").unlink()
    assert made(folder) == f"report: section 'counted' has no words: write {words}, with at least a `title`"
