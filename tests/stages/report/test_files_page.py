"""docs/reference/files.md lists what a report holds: its files, sections, tables and columns."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_artifacts import demo, make_all

from alambic import plugins
from alambic.data.archive_pointer import REPORT_FILES
from alambic.data.inputs import Inputs
from alambic.settings.promotion import PromoteSection
from alambic.stages.report.run import run

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "files.md").read_text(encoding="utf-8")
OF_JOBS = {"manifest.json", "log.txt"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[Path]:
    """Write the report of an experiment that asks which student is promoted."""
    place = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        plan = make_all(demo())
        asked = PromoteSection(students=["student"], teacher="e5", control="control", margin=0.02)
        settings = plan.report.settings.model_copy(update={"promote": asked.resolved(plan.experiment.tasks)})
        (place / "report").mkdir()
        run(
            settings, Inputs({"artifacts": [made.folder for made in plan.report.inputs["artifacts"]]}), place / "report"
        )
        yield place / "report"


def rows_after(heading: str) -> dict[str, list[str]]:
    """Give the table that follows a line: the names in the first cell of each row, and those in its last."""
    table = PAGE.partition(heading)[2].partition("|---")[2]
    rows = {}
    for line in table.partition("\n\n")[0].splitlines()[1:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[0]), re.findall(r"`([^`]+)`", cells[-1]))
    return rows


def test_every_file_of_a_report_has_a_row(folder):
    written = {path.name for path in folder.iterdir()} - OF_JOBS
    assert written == set(REPORT_FILES)
    assert written - rows_after("`results/<experiment>/`:").keys() == set()


def test_every_section_has_a_row_and_every_table_stands_in_it(folder):
    rows = rows_after("### The page")
    assert set(rows) == set(plugins.names("stages.report.sections"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    found = re.findall(r'<section id="(\w+)">(.*?)</section>', page, re.DOTALL)
    assert len(found) > 10
    for name, section in found:
        for table in re.findall(r'download="([^"]+)\.csv"', section):
            known = any(table == each or (each.endswith("…") and table.startswith(each[:-1])) for each in rows[name])
            assert known, f"{name}: no row names the table {table}"


@pytest.mark.parametrize("name", ["scores.csv", "comparisons.csv"])
def test_every_column_is_explained_and_no_other(folder, name):
    with (folder / name).open(newline="", encoding="utf-8") as stream:
        header = next(csv.reader(stream))
    assert set(rows_after(f"Columns of `{name}`:")) == set(header)


def test_every_key_of_the_evidence_is_explained_and_no_other(folder):
    promoted = json.loads((folder / "promoted.json").read_text(encoding="utf-8"))
    (evidence, *_) = promoted["students"]["student"]["evidence"]
    assert set(rows_after("### promoted.json")) == evidence.keys() - {"refused"}  # which the row of `outcome` names
