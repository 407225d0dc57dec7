"""What a model is and takes, told from real forms of speed.json and manifests; figures that can be checked by hand."""

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest

from alambic.data.energy import Energy
from alambic.data.manifest import Manifest
from alambic.stages.report import page
from alambic.stages.report.energy_table import read_ledger, write_energy, write_frugality
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.forecasts import off, read_forecasts
from alambic.stages.report.frugality import break_even, frugality_table
from alambic.stages.report.models import Model
from alambic.stages.report.phrases import section_words
from alambic.stages.report.sections import energy as energy_section
from alambic.stages.report.sections import frugality as frugality_section
from alambic.stages.report.speeds import TaskSpeed

MADE = {  # kWh, and what it is made from
    "fetch/e5": (1.0, []),
    "teach/states": (0.3, ["fetch/e5"]),
    "distill/student": (0.5, ["fetch/e5", "teach/states"]),
    "finetune/e5/icd/seed1": (0.1, ["fetch/e5"]),
    "finetune/student/icd/seed1": (0.1, ["distill/student"]),
    "predict/dictionary/icd": (0.01, []),
    "speed/icd": (0.02, ["finetune/e5/icd/seed1", "finetune/student/icd/seed1"]),
}
ROLES = {"student": "student", "e5": "teacher", "dictionary": "dictionary"}
HOW = {
    "words": 1000,
    "texts": 100,
    "cpu_flags": ["avx2"],
    "sizes": {
        "e5": {"parameters": 100, "embedding_parameters": 80, "flop_per_token": 40, "disk": 400_000_000},
        "student": {"parameters": 10, "embedding_parameters": 5, "flop_per_token": 10, "disk": 40_000_000},
    },
    "int8": {
        "e5": {"why_not": "its answers are no labels"},
        "student": {
            "why_not": "",
            "disk": 10_000_000,
            "scores": [
                {"dataset": "d", "metric": "f1", "texts": 9, "value": 0.8, "int8": 0.79, "same_answers": 0.99},
                {"dataset": "d2", "metric": "f1", "texts": 9, "value": 0.7, "int8": 0.7, "same_answers": 0.95},
            ],
        },
    },
    "memory": {"e5": 500_000_000, "student": 50_000_000, "student int8": 20_000_000, "dictionary": None},
    "alone": {name: [[0.01, 0.02, 0.03]] * 3 for name in ("e5", "student", "student int8", "dictionary")},
}
SECONDS = {"e5": [10.0, 11.0, 10.0], "student": [2.0, 2.2, 2.0], "student int8": [1.0] * 3, "dictionary": [0.1] * 3}


def artifacts(unmeasured=()):
    """Give the finished artifacts of a small experiment."""
    made = []
    for name, (kwh, upstream) in MADE.items():
        stage, _, item = name.partition("/")
        energy = Energy(cpu_kwh=kwh, co2e_g=56 * kwh, seconds=10, method="cpu: 4 W").record()
        figures = {"failed_kwh": kwh / 10, "core_watts": 4.0, "pue": 1.5, "grams_per_kwh": 56.0}
        run = {"attempts": 2, "forecast": {"seconds": 8, "kwh": kwh}}
        run |= {} if name in unmeasured else {"energy": {**energy, **figures}}
        record = Manifest(stage, item, name, {}, {}, {}, {"x": upstream}, run=run)
        made.append(FinishedArtifact(stage, item, Path(), record))
    return made


@pytest.fixture
def report():
    models = {name: SimpleNamespace(name=name, role=role) for name, role in ROLES.items()}
    return SimpleNamespace(artifacts=artifacts(), models=models, speeds=[TaskSpeed("icd", HOW, SECONDS, "c")])


def rows(report):
    table = frugality_table(report.artifacts, report.models, report.speeds)
    return {(row.model, row.form): row for row in table}


def test_each_model_has_a_row_in_each_form_and_the_dictionary_stands_among_them(report):
    found = rows(report)
    assert list(found) == [("e5", "fp32"), ("student", "fp32"), ("student", "int8"), ("dictionary", "dictionary")]
    small, whole = found["student", "int8"], found["student", "fp32"]
    assert (whole.parameters, whole.embedding_parameters, whole.other_parameters, whole.flop_per_token) == (
        10,
        5,
        5,
        10,
    )
    assert (whole.disk_mb, small.disk_mb, whole.memory_mb, small.memory_mb) == (40, 10, 50, 20)
    assert (small.same_answers, small.scores) == (0.95, "d, f1: 0.790 (0.800); d2, f1: 0.700 (0.700)")
    assert found["e5", "fp32"].not_known == "int8: its answers are no labels"
    assert found["dictionary", "dictionary"].parameters is None


def test_times_are_the_rounds_of_the_turns(report):
    found = rows(report)
    assert found["e5", "fp32"].words_per_second == 100 and found["e5", "fp32"].times_faster is None
    assert (found["student", "fp32"].times_faster, found["student", "int8"].times_faster) == (5, 10)
    assert (found["e5", "fp32"].latency_p50_ms, found["e5", "fp32"].latency_p95_ms) == (20, 29)


def test_a_figure_that_its_rounds_do_not_bear_has_its_reason_in_its_place(report):
    """Latencies of which one round is three times as slow, and turns whose rounds disagree."""
    alone = {**HOW["alone"], "student": [[0.01], [0.01], [0.03], [0.03]]}
    seconds = {**SECONDS, "student int8": [1.0, 2.0, 3.0]}
    report.speeds = [TaskSpeed("icd", {**HOW, "alone": alone}, seconds, "c")]
    found = rows(report)
    student, small = found["student", "fp32"], found["student", "int8"]
    assert student.latency_p50_ms is None and "20% is the most" in student.latency_p50_withheld
    assert small.times_faster is None and "20% is the most" in small.times_faster_withheld
    _, use = frugality_section.section(report)["tables"]
    cells = dict(zip([column.name for column in use.columns], use.rows[1].cells, strict=True))
    assert str(cells["p50 ms"]).startswith("withheld: the quartiles") == str(cells["p95 ms"]).startswith("withheld")
    cells = dict(zip([column.name for column in use.columns], use.rows[2].cells, strict=True))
    assert "withheld" in str(cells["times the teacher"]) and "withheld" in str(cells["Wh per 1000 texts"])
    assert len(use.csv.splitlines()[0].split(",")) == len(use.columns) + 2  # words a second have an interval


def test_energy_of_use_is_the_core_s_and_a_student_breaks_even_after_what_was_made_for_it_alone(report):
    """10 words of a text at 100 words a second: 0.1 s of 4 W, through the building."""
    found = rows(report)
    teacher, student = found["e5", "fp32"], found["student", "fp32"]
    assert teacher.wh_per_1000_texts == pytest.approx(1000 * 0.1 * 4 * 1.5 / 3600, rel=1e-3)
    assert teacher.co2e_g_per_1000_texts == pytest.approx(teacher.wh_per_1000_texts / 1000 * 56, rel=1e-3)
    paid = 0.3 + 0.5 + 0.1  # the signal, the student, its fine-tuning; the teacher is there
    saved = (teacher.wh_per_1000_texts - student.wh_per_1000_texts) / 1e6
    assert student.break_even_texts == pytest.approx(paid / saved, rel=1e-3)
    assert found["student", "int8"].break_even_texts < student.break_even_texts and teacher.break_even_texts is None
    assert student.making_kwh == pytest.approx(0.3 + 0.5 + 0.1 + 1.0 / 2)


@pytest.mark.parametrize(
    ("own", "teacher", "expected"), [(1.0, 6.0, 2000), (6.0, 6.0, None), (7.0, 6.0, None), (None, 6.0, None)]
)
def test_what_saves_nothing_never_breaks_even(own, teacher, expected):
    assert break_even(0.010, own, teacher) == expected


def test_what_nobody_measured_has_no_figure(report):
    report.artifacts = artifacts(unmeasured=["teach/states", "speed/icd"])
    student = rows(report)["student", "fp32"]
    assert student.making_kwh is student.wh_per_1000_texts is student.break_even_texts is None
    assert student.not_known == "1 artifacts were not measured"
    report.speeds[0].how.get("sizes")  # an earlier version's speed.json has none of it
    report.speeds = [TaskSpeed("icd", {"words": 1000, "texts": 100}, SECONDS, "c")]
    assert rows(report)["student", "fp32"].latency_p50_ms is None


def test_the_tables_for_scripts_add_up(report, tmp_path):
    ledger = read_ledger(report.artifacts)
    write_energy(ledger, tmp_path / "energy.csv")
    write_frugality(list(rows(report).values()), tmp_path / "frugality.csv")
    with (tmp_path / "energy.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    whole = sum(kwh for kwh, _ in MADE.values())
    assert sum(float(line["kwh"]) for line in lines) == pytest.approx(whole) == pytest.approx(ledger.total.kwh)
    signal = next(line for line in lines if line["artifact"] == "teach/states")
    assert (signal["models"], signal["attempts"], float(signal["failed_kwh"])) == ("student", "2", 0.03)
    assert ledger.unshared.kwh == 0.02 and sum(each.kwh for each in ledger.models.values()) == pytest.approx(
        whole - 0.02
    )
    with (tmp_path / "frugality.csv").open() as stream:
        assert [line["form"] for line in csv.DictReader(stream)] == ["fp32", "fp32", "int8", "dictionary"]


def test_the_sections_show_the_same_numbers(report):
    context = frugality_section.section(report)
    sizes, use = context["tables"]
    assert [row.cells[0] for row in use.rows] == ["e5", "student", "student", "dictionary"]
    assert "0.95" in sizes.csv and context["flags"] == "avx2" and context["unknown"]
    context = energy_section.section(report)
    assert str(context["total"]) == "2.03" and context["total"].plain("fr") == "2,03"
    assert str(context["failed"]) == "0.203" and context["unknown"] == 0
    assert context["of_models"].rows[-1].cells[1:] == [
        pytest.approx(2.03),
        pytest.approx(56 * 2.03),
        pytest.approx(1.0),
    ]
    assert context["forecast"].rows[-1].cells[3] == pytest.approx(0.25)


def test_the_page_writes_both_sections(report):
    """With the very names that every section of the page shares."""
    report.models = {name: Model(name=name, role=role, colour="#000") for name, role in ROLES.items()}
    shared = {"report": report, "models": report.models, "common": section_words("common")}
    for name, shown in (("frugality", "0.790 (0.800)"), ("energy", "2.03 kWh")):
        written = page._section(name, page._environment(), shared)
        assert shown in written.content and 'data-model="student"' in written.content


def test_without_measures_there_is_nothing_to_show(report):
    report.artifacts, report.speeds = artifacts(unmeasured=MADE), []
    assert frugality_section.section(report) is None and energy_section.section(report) is None


def test_a_forecast_is_beside_what_was_taken():
    forecasts = read_forecasts(artifacts(unmeasured=["speed/icd"]))
    assert len(forecasts) == len(MADE) - 1 and off(8.0, 10.0) == pytest.approx(0.25) and off(0.0, 1.0) is None
