"""Curves of robustness: areas and losses of known curves, paired with the teacher's, and their section of the page."""

import json
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
from alambic.stages.report.robustness import against, curves_of
from alambic.stages.report.scores import read_scores
from alambic.statistics.bootstrap import digest_of, interval, over_seeds, resample

STRENGTHS = (0.5, 1.0)
EXAMPLES = 400
# How many of the answers are right without noise, at half its strength, and at the strongest.
RIGHT = {"teacher": (360, 300, 240), "robust": (320, 300, 280), "frail": (320, 200, 80), "alike": (320, 266, 214)}


def evaluated(folder: Path, model: str, *, ids: str = "") -> FinishedArtifact:
    """Write an evaluation of one model under typos of two strengths, by the project's own bootstrap."""
    place = folder / model
    place.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    drawn: list[dict[str, Any]] = []
    for dataset, right in zip(("notes", *(f"notes+typos@{at:g}" for at in STRENGTHS)), RIGHT[model], strict=True):
        names = [f"{dataset if ids else ''}{number}" for number in range(EXAMPLES)]
        scored = accuracy.score(["a"] * EXAMPLES, ["a"] * right + ["b"] * (EXAMPLES - right))
        digest = digest_of(names)
        values = over_seeds(resample([scored.counts], accuracy.combine, resamples=400, digest=digest), digest=digest)
        low, high = interval(values, confidence=0.95)
        measure = {"dataset": dataset, "split": "test", "metric": "accuracy"}
        rows.append(
            {**measure, "signature": "accuracy", "value": scored.value, "low": low, "high": high, "seed": "all"}
        )
        drawn.append({**measure, "values": values.tolist(), "ids_digest": digest})
    (place / "scores.json").write_text(json.dumps(rows))
    write_table(pa.Table.from_pylist(drawn), place / "resamples.parquet")
    terms = {"dataset": "notes", "by": "times_in_training", "from": 0, "below": 1, "right_answers": 9, "f1": 0.25}
    missed = {"dataset": "notes", "by": "missed_against_found", "tokens_per_word_missed": 3.5}
    missed |= {"tokens_per_word_found": 1.25, "difference": 2.25, "low": 1.0, "high": 3.0}
    (place / "terms.json").write_text(json.dumps([{**terms, "low": 0.1, "high": 0.4}, missed]))
    return FinishedArtifact("evaluate", f"{model}/t", place, Manifest("evaluate", f"{model}/t", "f", {}, {}, {}, {}))


def report_of(folder: Path, *models: str, ids: str = "") -> ReportData:
    """Read evaluations as a report does; all but the teacher are its students."""
    trained = [
        FinishedArtifact(
            "distill", name, folder, Manifest("distill", name, "f", {"teacher": "teacher", "signal": "s"}, {}, {}, {})
        )
        for name in models
        if name != "teacher"
    ]
    fetched = FinishedArtifact("fetch", "teacher", folder, Manifest("fetch", "teacher", "f", {}, {}, {}, {}))
    artifacts = [fetched, *trained, *(evaluated(folder, name, ids=ids) for name in models)]
    scores = read_scores(artifacts)
    return ReportData(
        settings=Report(experiment="x", items=[artifact.name for artifact in artifacts]),
        artifacts=artifacts,
        models=find_models(artifacts),
        scores=scores,
        rankings=rank(scores),
        comparisons=[],
        confidence=0.95,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    return report_of(tmp_path_factory.mktemp("robust"), *RIGHT)


def test_the_area_is_the_mean_height_and_the_loss_what_it_lacks(report: ReportData) -> None:
    curves = {curve.model: curve for curve in curves_of(report.scores, read_resamples(report.artifacts))}
    teacher = curves["teacher"]
    assert teacher.strengths == (0, 0.5, 1) and teacher.clean == 0.9
    assert teacher.area == pytest.approx((0.9 + 2 * 0.75 + 0.6) / 4)
    assert teacher.loss == pytest.approx(1 - teacher.area / 0.9)
    assert teacher.loss_draws.mean() == pytest.approx(teacher.loss, abs=0.01)
    assert teacher.area_draws.std() == pytest.approx(np.sqrt(teacher.area * (1 - teacher.area) / EXAMPLES), rel=0.5)


def test_a_student_is_set_against_its_teacher(report: ReportData) -> None:
    curves = {curve.model: curve for curve in curves_of(report.scores, read_resamples(report.artifacts))}
    robust, frail, alike = (
        against(curves[name], curves["teacher"], confidence=0.95) for name in ("robust", "frail", "alike")
    )
    assert robust.is_shown and not robust.is_refuted and robust.difference < 0
    assert frail.is_refuted and not frail.is_shown and frail.difference > 0
    assert not alike.is_shown and not alike.is_refuted and alike.low < alike.difference < alike.high
    # A quarter of what the teacher loses is a harder bar.
    quarter = against(curves["robust"], curves["teacher"], confidence=0.95, share=0.25)
    assert quarter.difference == pytest.approx(curves["robust"].loss - curves["teacher"].loss / 4)
    assert quarter.difference > robust.difference and quarter.is_refuted


def test_test_sets_of_other_examples_are_on_no_curve(tmp_path: Path) -> None:
    report = report_of(tmp_path, "teacher", "robust", ids="other")
    assert curves_of(report.scores, read_resamples(report.artifacts)) == []


def test_the_page_shows_curves_losses_and_new_terms_and_not_each_strength_as_a_result(report: ReportData) -> None:
    page = render(report, title="x")
    assert "loses no more than the teacher" in page and "loses more than the teacher" in page
    assert "not decided by these texts" in page
    assert "typos: t, notes" in page and "0.250" in page and "Tokens per word, missed" in page
    assert [ranking.dataset for ranking in report.shown] == ["notes"]
