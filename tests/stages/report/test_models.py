"""What each model of a report is, told from the artifacts."""

from pathlib import Path

import pytest

from alambic.data.manifest import Manifest
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.models import find_models


def made(name, *, settings=None, facts=None):
    stage, _, item = name.partition("/")
    return FinishedArtifact(
        stage, item, Path(), Manifest(stage, item, "f", settings or {}, {}, {}, {}, facts=facts or {})
    )


@pytest.fixture
def models():
    of_student = {"teacher": "e5", "signal": "states"}
    return find_models(
        [
            made("fetch/e5", facts={"parameters": 100}),
            made("fetch/other"),
            made("distill/student", settings=of_student, facts={"parameters": 10, "layers": 2}),
            made("distill/control", settings={"teacher": "e5"}, facts={"parameters": 10}),
            made("finetune/pupil/icd/seed1", settings={"model": "student", "signal": "e5/icd/seed1/medical"}),
            made("finetune/e5/icd/seed1", settings={"model": "e5"}),
            *(made(f"evaluate/{name}/icd") for name in ("e5", "other", "student", "pupil", "dictionary")),
        ]
    )


def test_each_model_has_its_role(models):
    roles = {name: model.role for name, model in models.items()}
    expected = {"student": "student", "pupil": "student", "control": "control", "e5": "teacher", "other": "pretrained"}
    assert roles == {**expected, "dictionary": "dictionary"}


def test_what_a_teacher_helped_to_fine_tune_is_as_large_as_the_student_that_it_was(models):
    assert (models["pupil"].parameters, models["pupil"].layers) == (10, 2)
    assert models["pupil"].colour != models["student"].colour
