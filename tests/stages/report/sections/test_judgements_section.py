"""The section on what people judged, from a file as `judge read` leaves it."""

import hashlib
import json
import re

import pytest
from test_answers import write

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Report
from alambic.settings.judgements import Judgements
from alambic.stages.report.judgements import read_judgements
from alambic.stages.report.run import run

ESTIMATE = {"value": 3.5, "low": 3.25, "high": 3.75}
CONTENT = {
    "form": "f", "title": {"fr": "Résumés <jugés>", "en": "Summaries"}, "judges": 3, "judges_without_answers": [],
    "answers": 180, "answers_missing": 7, "confidence": 0.95, "resamples": 100,
    "criteria": [
        {
            "name": "faithful", "question": {"fr": "Fidèle ?", "en": "Faithful?"}, "scale": 5,
            "systems": [
                {"system": "student", **ESTIMATE, "items": 30, "answers": 90},
                {"system": "reference", "value": None, "low": None, "high": None, "items": 0, "answers": 0},
            ],
            "differences": [{"first": "student", "second": "reference", "value": -0.5, "low": -0.75, "high": -0.25}],
            "agreement": {"krippendorff_alpha": None, "level": "ordinal", "texts_judged_twice": 0},
        }
    ],
}  # fmt: skip


def written(tmp_path, content, **more):
    path = tmp_path / "judgements.json"
    path.write_text(content, encoding="utf-8")
    return {"path": str(path), "sha256": hashlib.sha256(content.encode()).hexdigest(), **more}


def test_means_differences_and_agreement_are_shown_in_both_languages(tmp_path):
    folder = write(tmp_path, "collect", "texts")
    report = {"experiment": "judged", "items": ["collect/texts"], "chosen": ["judgements"]}
    settings = Report.model_validate({**report, "judgements": [written(tmp_path, json.dumps(CONTENT))]})
    run(settings, Inputs({"artifacts": [folder]}), tmp_path)
    page = " ".join((tmp_path / "report.html").read_text(encoding="utf-8").split())
    english = re.sub(r'<span class="fr" lang="fr">.*?</span>', "", page)
    text = " ".join(re.sub("<[^>]+>", " ", english).split())
    assert "3 judges gave 180 answers" in text and "7 are missing" in text
    assert "3.5" in text and "3.25" in text and "Faithful?" in text
    assert "Résumés &lt;jugés&gt;" in page and "<jugés>" not in page
    assert "student − reference" in text


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        (json.dumps(CONTENT), {"sha256": "0" * 63 + "1"}, "has the sha256"),
        ("[]", {}, "expected the file judgements.json"),
        ("{", {}, "is no JSON"),
        (json.dumps(CONTENT), {"path": "/nowhere/judgements.json"}, "is no file"),
    ],
)
def test_a_file_that_is_another_is_an_error(tmp_path, content, more, message):
    with pytest.raises(UserError, match=message):
        read_judgements([Judgements.model_validate(written(tmp_path, content, **more))])
