"""The section on explanations, from what the stage leaves: tables, texts coloured, disagreement first."""

import re

import pytest
from made_explanations import Explanations
from markupsafe import Markup
from test_answers import place, write

from alambic.data.inputs import Inputs
from alambic.settings import Report
from alambic.stages.report.coloured_words import coloured
from alambic.stages.report.run import run


def report(folder, made, texts):
    """Write the page of one item."""
    target = place(folder, "explain", "why")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        made.output.rename(target)
        made.output = target
    tuned = write(folder, "finetune", "big/chapter/seed1", settings={"model": "big"})
    fingerprint = f"{b'finetunebig/chapter/seed1'.hex()}{'0' * 64}"[:64]
    explained = write(folder, "explain", "why", inputs={"finetuned": [fingerprint]})
    items = {"finetune/big/chapter/seed1": tuned, "explain/why": explained}
    chosen = Report(experiment="x", items=[*items], chosen=["explanations"], texts=texts)
    run(chosen, Inputs({"artifacts": [*items.values()]}), folder)
    return " ".join((folder / "report.html").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Explanations(tmp_path_factory.mktemp("explained"), "sequence_classification")


def test_texts_are_coloured_and_those_on_which_methods_disagree_come_first(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    page = report(folder, made, ["chapter"])
    assert re.search(r"show (gradient x input|leave one out|shapley sampling): it beats chance on \d of 6", page)
    assert re.search(r"montrer .*? : elle bat le hasard", page.replace("\u00a0", " "))
    assert 'download="explanations-why-big.csv"' in page and 'download="variation-why.csv"' in page
    shown = [float(value) for value in re.findall(r"mean rank correlation of methods (-?[\d.]+)", page)]
    assert len(shown) == 12 and shown == sorted(shown)
    assert re.search(r'<mark class="for level4">(coeur|rein|hepatite)</mark>', page) and "▲" in page
    hidden = report(folder, made, [])
    assert "The texts are not shown" in hidden and '<mark class="for level4">coeur' not in hidden


def test_a_text_is_escaped_and_weak_words_have_no_colour():
    written = coloured("a <b> c", [(0, 1), (2, 5), (6, 7)], [1.0, -0.5, 0.01], longest=20)
    assert written == Markup('<mark class="for level4">a</mark> <mark class="against level3">&lt;b&gt;</mark> c')
    assert coloured("ab cd", [(0, 2), (3, 5)], [0.0, 0.0], longest=4) == Markup("ab c …")
