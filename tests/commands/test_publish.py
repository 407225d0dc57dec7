"""Publishing: whole files, the right folders, and a stamp that tells the truth."""

import json

import pytest
from made_artifacts import demo, make_all

from alambic.commands.publish import publish
from alambic.errors import UserError
from alambic.planning.artifact import short
from alambic.planning.plan import Plan


def test_results_show_the_report_of_the_plan(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    experiment = demo()
    with pytest.raises(UserError, match="missing"):
        publish(experiment)
    assert not (tmp_path / "results").exists()

    plan = make_all(experiment)
    results = tmp_path / "results" / "demo"
    results.mkdir(parents=True)
    (results / ".published-0123456789abcdef").touch()
    caplog.set_level("INFO", logger="alambic.commands.publish")
    publish(experiment)

    stamp = f".published-{short(plan.report.fingerprint)}"
    names = sorted(path.name for path in results.iterdir())
    assert names == [
        stamp,
        "artifacts.json",
        "automation.csv",
        "comparisons.csv",
        "energy.csv",
        "frugality.csv",
        "models.csv",
        "promoted.json",
        "report.html",
        "scores.csv",
        "summary.txt",
        "transfer.csv",
    ]
    for name in ("comparisons.csv", "models.csv", "promoted.json", "report.html", "scores.csv", "summary.txt"):
        assert (results / name).read_bytes() == (plan.report.folder / name).read_bytes()
    folders = json.loads((results / "artifacts.json").read_text())
    assert folders == {name: str(made.folder) for name, made in Plan(experiment).items()}
    assert all((tmp_path / folder / "manifest.json").exists() for folder in folders.values())
    assert "student" in caplog.text and "make ui" in caplog.text and str(results / "report.html") in caplog.text


def test_a_truncated_report_is_not_published(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_all(demo())
    (plan.report.folder / "report.html").write_text("half")
    with pytest.raises(UserError, match="restore it from a copy"):
        publish(demo())
    assert not (tmp_path / "results").exists()
