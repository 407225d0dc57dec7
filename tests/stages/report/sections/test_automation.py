"""The section on automation, from a calibration as its stage leaves it, in both languages."""

import json
import re

import numpy as np
import pyarrow as pa
import pytest
from simulated_answers import TASK, answer, collect_certificates, settings
from test_answers import place, write

from alambic.data.documents import write_table
from alambic.data.inputs import Inputs
from alambic.settings import Report, Task
from alambic.stages.calibrate.run import run as calibrate
from alambic.stages.report.run import run
from alambic.tasks.loading import load_task


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Answer, score, calibrate and report."""
    tmp_path = tmp_path_factory.mktemp("automation")
    certificates = collect_certificates(tmp_path / "certificates")
    data = load_task(Task.model_validate(TASK), Inputs(train=[certificates]))
    predicted, scored, made = (
        place(tmp_path, stage, item)
        for stage, item in (("predict", "model/codes"), ("evaluate", "model/codes"), ("calibrate", "causes"))
    )
    answer(data, predicted, seeds=("1", "2"))
    scored.mkdir(parents=True), made.mkdir(parents=True)
    measure = {"dataset": "test", "split": "test", "metric": "accuracy"}
    (scored / "scores.json").write_text(
        json.dumps([{**measure, "signature": "s", "value": 0.9, "low": 0.8, "high": 0.95, "seed": "all"}])
    )
    drawn = [{**measure, "values": np.full(20, 0.9).tolist(), "ids_digest": "d"}]
    write_table(pa.Table.from_pylist(drawn), scored / "resamples.parquet")
    chosen = settings("model", alphas=[0.02, 0.05], resamples=50)
    calibrate(chosen, Inputs(predictions=[predicted], train=[certificates]), made)
    folders = {"predict/model/codes": write(tmp_path, "predict", "model/codes", settings={"seeds": [1, 2]})}
    folders["evaluate/model/codes"] = write(tmp_path, "evaluate", "model/codes", settings={"confidence": 0.95})
    fingerprint = f"{b'predictmodel/codes'.hex()}{'0' * 64}"[:64]
    folders["calibrate/causes"] = write(tmp_path, "calibrate", "causes", inputs={"predictions": [fingerprint]})
    report = Report.model_validate({"experiment": "codes", "items": list(folders), "chosen": ["automation"]})
    run(report, Inputs({"artifacts": list(folders.values())}), tmp_path)
    return " ".join((tmp_path / "report.html").read_text(encoding="utf-8").split())


def language(page: str, other: str) -> str:
    return re.sub(rf'<(span|tspan) class="{other}" lang="{other}">.*?</\1>', "", page)


def test_the_share_the_guarantee_and_what_is_excluded_are_told_in_both_languages(page):
    english, french = language(page, "fr"), language(page, "en")
    assert re.search(r"</b> may answer \d[\d.]* % of the test units of codes alone, with at most 5 %", english)
    assert "give a threshold whose automated units are wrong no more often than allowed" in english
    assert re.search(r"excluded: \d+ calibration units, \d+ are needed", english)
    assert re.search(r"exclu : \d+ unités de calibration, il en faut \d+", french.replace("\u00a0", " "))
    assert "Confiance" not in english and "calibrated on 2013, used in 2014" in english


def test_the_curve_has_a_line_for_each_score_and_the_tables_can_be_downloaded(page):
    drawing = page[page.index('<svg class="panel"') : page.index("</figure>")]
    assert drawing.count('class="line"') == 4 and drawing.count('class="guide"') == 2
    for name in ("automation-causes", "confidence-causes", "automation-groups-causes", "shown-causes", "drift-causes"):
        assert f'download="{name}.csv"' in page
