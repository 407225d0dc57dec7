"""The gain of transfer: which tasks make a curve, who is compared with whom, and what is called a gain."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from alambic.data.documents import write_table
from alambic.data.manifest import Manifest
from alambic.settings import Report
from alambic.stages.evaluate.metrics import accuracy
from alambic.stages.report.comparison import read_resamples
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.models import find_models
from alambic.stages.report.page import render
from alambic.stages.report.ranking import rank
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.scores import read_scores
from alambic.stages.report.transfer import find_tasks, write_transfer
from alambic.statistics.bootstrap import digest_of, interval, over_seeds, resample

EXAMPLES = 300
DISTILL = {  # family, size and settings of each student
    "ours": ("encoder", 100, {"signal": "states"}),
    "begun": ("encoder", 100, {}),
    "scratch": ("encoder", 90, {"initial": "random"}),
    "huge_scratch": ("encoder", 900, {"initial": "random"}),
    "lonely": ("causal", 100, {"online": True}),
}
# How many of the answers are right after learning from 5 % and from all.
RIGHT = {
    "ours": (240, 270),
    "begun": (180, 200),
    "scratch": (120, 268),
    "huge_scratch": (120, 120),
    "lonely": (90, 90),
    "dictionary": (150, 150),
}


@dataclass
class Made:
    """An experiment whose tasks are given by their options, one after the other in `RIGHT`."""

    folder: Path
    tasks: dict[str, dict[str, Any]]
    artifacts: list[FinishedArtifact] = field(default_factory=list)

    def add(self, stage: str, item: str, settings: dict[str, Any], **facts: Any) -> Path:
        place = self.folder / stage / item
        place.mkdir(parents=True)
        record = Manifest(stage, item, f"{stage}/{item}", settings, {}, {}, {}, facts)
        self.artifacts.append(FinishedArtifact(stage, item, place, record))
        return place

    def evaluate(self, model: str, task: str, right: int, dataset: str) -> None:
        place = self.add("evaluate", f"{model}/{task}", {})
        scored = accuracy.score(["a"] * EXAMPLES, ["a"] * right + ["b"] * (EXAMPLES - right))
        digest = digest_of([f"{dataset}{number}" for number in range(EXAMPLES)])
        values = over_seeds(resample([scored.counts], accuracy.combine, resamples=2000, digest=digest), digest=digest)
        low, high = interval(values, confidence=0.95)
        measure = {"dataset": "notes", "split": "test", "metric": "accuracy"}
        row = {**measure, "signature": task, "value": scored.value, "low": low, "high": high, "seed": "all"}
        (place / "scores.json").write_text(json.dumps([row]))
        drawn = [{**measure, "values": np.asarray(values).tolist(), "ids_digest": digest}]
        write_table(pa.Table.from_pylist(drawn), place / "resamples.parquet")


def report_of(folder: Path, tasks: dict[str, dict[str, Any]], *, datasets: dict[str, str] | None = None) -> ReportData:
    made = Made(folder, tasks)
    for name, (family, size, settings) in DISTILL.items():
        made.add("distill", name, {"teacher": "t", **settings}, family=family, parameters=size)
    for place, (task, options) in enumerate(tasks.items()):
        for model, right in RIGHT.items():
            described = {"task": "notes", "data": {"notes": "notes"}, "augment": {}, "options": options}
            if model != "dictionary":
                made.add("finetune", f"{model}/{task}/seed1", {"model": model})
            made.add("predict", f"{model}/{task}", {"task": described, "seeds": [1]}, train_texts=20 * (place + 1))
            made.evaluate(model, task, right[place % 2], (datasets or {}).get(task, "notes"))
    scores = read_scores(made.artifacts)
    return ReportData(
        settings=Report(experiment="x", items=[each.name for each in made.artifacts], chosen=["transfer"]),
        artifacts=made.artifacts,
        models=find_models(made.artifacts),
        scores=scores,
        rankings=rank(scores),
        comparisons=[],
        confidence=0.95,
        resamples=read_resamples(made.artifacts),
    )


TWO = {"all": {"train_share": 1.0, "seed": 0}, "few": {"train_share": 0.05, "seed": 0}}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    tasks = {"few": {**TWO["few"], "calibration_years": []}, "all": {**TWO["all"], "calibration_years": ["2020"]}}
    return report_of(tmp_path_factory.mktemp("transfer"), tasks)


def test_tasks_that_differ_by_their_share_alone_make_a_curve_the_smallest_first(report: ReportData) -> None:
    (tasks,) = find_tasks(report.artifacts)
    assert list(tasks.by_share.items()) == [(0.05, "few"), (1.0, "all")] and tasks.texts == {0.05: 20, 1.0: 40}
    assert report.transfer.smaller == {"few"} and {each.task for each in report.detailed} == {"all"}


@pytest.mark.parametrize(
    "tasks",
    [
        {"few": TWO["few"], "all": {**TWO["all"], "seed": 1}},
        {"few": TWO["few"], "again": TWO["few"]},
        {"one": {"seed": 0}, "other": {"seed": 0}},
    ],
    ids=["another seed", "the same share", "no shares"],
)
def test_other_tasks_make_none(tmp_path: Path, tasks: dict[str, dict[str, Any]]) -> None:
    report = report_of(tmp_path, tasks)
    assert report.transfer.curves == [] and report.detailed == report.plain
    assert 'id="transfer"' not in render(report, title="x")


def test_scores_on_other_examples_are_no_curve(tmp_path: Path) -> None:
    assert report_of(tmp_path, TWO, datasets={"few": "others"}).transfer.curves == []


def test_each_is_compared_with_the_nearest_from_scratch_of_its_family(report: ReportData) -> None:
    gains = {gain.model: gain for gain in report.transfer.gains}
    assert {name: gain.scratch for name, gain in gains.items()} == {"ours": "scratch", "begun": "scratch"}
    assert (gains["ours"].shares("better"), gains["ours"].shares("open")) == ([0.05], [1.0])
    assert (gains["begun"].shares("better"), gains["begun"].shares("worse")) == ([0.05], [1.0])
    assert gains["ours"].by_share[0.05].difference == pytest.approx(0.4)
    tested = [found for gain in gains.values() for found in gain.by_share.values()]
    least = min(tested, key=lambda found: found.p)
    assert least.corrected_p == pytest.approx(4 * least.p)  # Holm over four
    assert report.transfer.starts == {
        "ours": "distilled", "begun": "pretrained", "scratch": "scratch", "huge_scratch": "scratch",
        "lonely": "distilled",
    }  # fmt: skip


def test_the_file_has_a_row_for_each_score(report: ReportData, tmp_path: Path) -> None:
    write_transfer(report.transfer, tmp_path / "transfer.csv")
    rows = list(csv.DictReader((tmp_path / "transfer.csv").open()))
    assert len(rows) == 2 * len(RIGHT)
    (ours,) = [row for row in rows if (row["model"], row["share"]) == ("ours", "0.05")]
    assert (ours["begins_with"], ours["scratch"], ours["texts"]) == ("distilled", "scratch", "20")
    assert float(ours["value"]) == pytest.approx(0.8) and float(ours["difference"]) == pytest.approx(0.4)


def test_the_section_draws_a_line_per_model_and_says_what_is_gained(report: ReportData) -> None:
    page = render(report, title="x")
    assert "<b>ours</b> (distillation) against scratch, on notes: better at 5\u202f% (+0.400)" in page
    assert "no difference shown at 100\u202f%" in page and "meilleur à 5\u202f% (+0,400)" in page
    encoders, causal = page.split('<svg class="panel"')[1:]
    for name in ("ours", "begun", "scratch", "huge_scratch", "dictionary"):
        assert f'<g data-model="{name}"' in encoders
    assert '<g data-model="lonely"' in causal and '<g data-model="dictionary"' in causal
    assert 'data-model="ours"' not in causal.partition("</svg>")[0]
