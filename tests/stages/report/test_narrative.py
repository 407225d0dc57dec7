"""The findings that stand first on the page."""

import pytest

from alambic.settings import Report
from alambic.stages.report.models import Model
from alambic.stages.report.narrative import main_findings
from alambic.stages.report.ranking import rank
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.scores import Score


def report_of(values: dict[str, tuple[float, float]], metric: str) -> ReportData:
    """A student and a dictionary on two test sets, by one metric."""
    scores = [
        Score(model, "codes", dataset, "test", metric, "s", value, value - 0.1, value + 0.1, "all")
        for model, both in values.items()
        for dataset, value in zip(("seen", "unseen"), both, strict=True)
    ]
    models = {"student": Model("student", "student", "#000"), "dictionary": Model("dictionary", "dictionary", "#000")}
    return ReportData(
        settings=Report(experiment="x", items=["distill/student"]),
        artifacts=[],
        models=models,
        scores=scores,
        rankings=rank(scores),
        comparisons=[],
        confidence=0.95,
        resamples={},
    )


@pytest.mark.parametrize(
    ("metric", "dictionary", "ahead"),
    [("accuracy", (0.4, 0.6), 1), ("accuracy", (0.9, 0.6), 2), ("accuracy", (0.4, 0.4), 0), ("brier", (0.4, 0.6), 1)],
)
def test_a_dictionary_that_does_better_is_named_before_the_student(metric, dictionary, ahead):
    report = report_of({"student": (0.5, 0.5), "dictionary": dictionary}, metric)
    sentences = [sentence.plain() for sentence in main_findings(report)]
    named = [f"dictionary, which is no model, does better than student on {ahead} of 2 test sets."]
    assert sentences[:-1] == (named if ahead else [])
    assert "student" in sentences[-1]
