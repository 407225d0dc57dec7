"""Whom the models of a report err for: from real predictions of a teacher and two students, to the page."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_artifacts import demo, make_all, random

from alambic.data.artifact import complete, list_files
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.planning.plan import Plan
from alambic.stages.report.run import run

TEXTS = 240
HARD_FOR_WOMEN = 0.35  # by how much the student is worse on them; its teacher treats all alike
VARIANTS = {"woman": {"patient": {"sex": "female"}}, "man": {"patient": {"sex": "male"}}}


def answered(model: str, dataset: str, seed: str) -> list[str]:
    """Answer as a model does: all hard texts wrongly, and for the student those about women more often."""
    worse = HARD_FOR_WOMEN if model == "student" else 0.0
    changed = 0.3 if (model, dataset) == ("student", "long+man") else 0.0
    hardness, moods = random("hardness").random(TEXTS), random(f"{model}{seed}").random(TEXTS)
    right = [hardness[n] < (0.8 - worse * (n % 2)) for n in range(TEXTS)]
    return ["other" if moods[n] < changed else "yes" if right[n] else "no" for n in range(TEXTS)]


def write(folder: Path, model: str) -> None:
    """Write predictions on a test set and its two variants; sixty texts tell their patient's sex themselves."""
    attributes = [
        {
            "source": "ward" if n < TEXTS - 8 else "island",
            "chapter": "IX" if n % 4 < 2 else "XIV",
            **({"sex": "female" if n % 2 else "male"} if n >= 60 else {}),
        }
        for n in range(TEXTS)
    ]
    parts = [
        PredictedExamples(
            dataset=name,
            split="test",
            ids=[str(n) for n in range(TEXTS)],
            gold=["yes"] * TEXTS,
            units=[""] * TEXTS,
            attributes=attributes if name == "long" else [{}] * TEXTS,
            tokens=[[]] * TEXTS,
            predicted={seed: answered(model, name, seed) for seed in ("1", "2")},
        )
        for name in ("long", "long+woman", "long+man")
    ]
    write_predictions(folder, parts, labels=["yes", "no", "other"], rules="made")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("groups")
    with contextlib.chdir(folder):
        plan: Plan = make_all(demo())
        for artifact in plan.values():
            model, _, task = artifact.item.partition("/")
            if artifact.stage == "predict" and task == "icd_chapter" and model in ("e5", "student", "control"):
                write(artifact.folder, model)
                record = Manifest.read(artifact.manifest)
                settings: dict[str, Any] = json.loads(json.dumps(record.settings))
                settings["task"]["perturb"] = VARIANTS
                complete(artifact.folder, replace(record, settings=settings, files=list_files(artifact.folder)))
        folders = [upstream.folder for upstream in plan.report.inputs["artifacts"]]
        sections = plan.report.settings.model_copy(update={"sections": ["groups"]})
        output = folder / "out"
        output.mkdir()
        run(sections, Inputs({"artifacts": folders}), output)
    return (output / "report.html").read_text(encoding="utf-8")


def test_the_gap_that_distillation_made_is_told_and_no_other(page: str):
    assert "Distillation into student widened the gap of sex: " in plain(page)
    assert "La distillation vers student a creusé l’écart de sexe" in plain(page)
    assert "widened the gap of chapter" not in plain(page)


def test_small_groups_are_named(page: str):
    assert "source: island (8)" in plain(page) and "too small to judge" in plain(page)


def test_answers_that_change_with_the_patient_are_counted(page: str):
    rows = table(page, "counterfactual")
    assert [row["pair"] for row in rows] == ["sex: man, woman (icd_chapter)"] and rows[0]["texts"] == "60"
    assert float(rows[0]["e5"]) == 0 and float(rows[0]["control"]) == 0
    moods = np.mean([(random(f"student{seed}").random(TEXTS)[:60] < 0.3).mean() for seed in ("1", "2")])
    assert float(rows[0]["student"]) == pytest.approx(moods, abs=1e-6)
    assert float(rows[0]["student less teacher low"]) > 0


def test_the_scores_of_a_group_are_those_of_its_answers(page: str):
    rows = table(page, "groups-icd_chapter-long")
    women = next(row for row in rows if (row["attribute"], row["group"]) == ("sex", "female"))
    right = [answered("student", "long", "1")[n] == "yes" for n in range(60, TEXTS) if n % 2]
    assert float(women["student"]) == pytest.approx(np.mean(right), abs=1e-6)
    assert float(women["student low"]) < float(women["student"]) < float(women["student high"])
    assert women["documents"] == str(len(right))


def plain(page: str) -> str:
    import html
    import re

    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def table(page: str, name: str) -> list[dict[str, str]]:
    """Read a table as its download gives it."""
    import csv
    import re
    from urllib.parse import unquote

    (address,) = re.findall(rf'download="{re.escape(name)}\.csv" href="data:text/csv;charset=utf-8,([^"]*)"', page)
    return list(csv.DictReader(unquote(address).splitlines()))
