"""A figure of speed is shown with its spread, and not at all where its rounds disagree."""

import csv
import json
import re

import pytest
from made_artifacts import demo, make_all

from alambic.data.inputs import Inputs
from alambic.stages.report.models import Model
from alambic.stages.report.narrative import headlines
from alambic.stages.report.run import run
from alambic.stages.report.speeds import LARGEST_SPREAD, TaskSpeed, over_rounds

HOW = {"words": 1000, "words_per_text": 50, "rounds": 7}
TEACHER = [1.0, 1.02, 0.98, 1.01, 1.0, 0.99, 1.03]


def speed(student, teacher=TEACHER):
    return TaskSpeed("t", HOW, {"student": student, "e5": teacher}, "")


def test_a_figure_is_the_median_with_its_quartiles():
    figure = speed([0.25] * 7).words_per_second["e5"]
    assert figure.shown == pytest.approx(1000) and figure.withheld == ""
    assert figure.low < figure.median < figure.high


def test_a_busy_neighbour_moves_no_ratio_by_more_than_is_shown():
    """It takes the half of some rounds: of both models in them, or else the figure is withheld."""
    quiet = speed([each / 3 for each in TEACHER]).ratio("student", "e5")
    slowed = [each * (1.9 if 2 <= number <= 5 else 1.0) for number, each in enumerate(TEACHER)]
    busy = speed([each / 3 for each in slowed], slowed)
    assert busy.ratio("student", "e5").shown == pytest.approx(quiet.shown)
    assert busy.words_per_second["e5"].shown is None, "the speeds themselves are withheld"
    of_one_alone = speed([each / 3 for each in slowed]).ratio("student", "e5")
    assert of_one_alone.shown is None and f"{LARGEST_SPREAD:.0%} is the most" in of_one_alone.withheld


def test_too_few_rounds_are_no_figure():
    assert over_rounds([1.0, 1.0]).withheld == "2 rounds, and 3 are needed"
    assert over_rounds([2, 3, 4]).withheld and over_rounds([2.9, 3, 3.1]).shown == 3


def test_the_headline_has_a_factor_only_where_it_may_be_shown():
    models = {"student": Model("student", "student", "#000"), "e5": Model("e5", "teacher", "#000")}
    ((figure, what),) = headlines(models, [], [speed([each / 3 for each in TEACHER])])
    assert str(figure) == "3.0×" and figure.plain("fr") == "3,0×" and "quartiles of 7 rounds 3.0 to 3.0" in what.plain()
    assert headlines(models, [], [speed([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])]) == []
    assert headlines(models, [], []) == []


def test_the_report_withholds_what_its_rounds_do_not_bear(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_all(demo())
    inputs = Inputs({"artifacts": [made.folder for made in plan.report.inputs["artifacts"]]})
    page = " ".join((plan.report.folder / "report.html").read_text().split())
    assert "entities: 22 texts of 90 words in the median, 180 at most; batches of 16; 7 rounds on A processor" in page
    assert "withheld:" not in page and "words of e5 per second of processor time" in page
    path = plan["speed/entities"].folder / "speed.json"
    measured = json.loads(path.read_text())
    measured["seconds"]["e5"] = [1, 2, 3, 4, 5, 6, 7]
    path.unlink()
    path.write_text(json.dumps(measured))
    output = tmp_path / "again"
    output.mkdir()
    run(plan.report.settings, inputs, output)
    page = (output / "report.html").read_text()
    assert len(re.findall("withheld: the quartiles of the rounds lie", page)) > 1
    assert "words of e5 per second of processor time" not in page
    assert re.search(r"^e5 .* withheld ", (output / "summary.txt").read_text(), re.MULTILINE)
    with (output / "models.csv").open(newline="") as stream:
        rows = {(row["model"], row["task"]): row for row in csv.DictReader(stream)}
    assert rows["e5", "entities"]["words_per_second"] == "" and "quartiles" in rows["e5", "entities"]["withheld"]
    assert rows["e5", "icd_chapter"]["words_per_second"] != "" and rows["e5", "icd_chapter"]["commit"] == "38c226122e61"
