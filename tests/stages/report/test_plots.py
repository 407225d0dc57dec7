"""Plots that share a page without disturbing one another."""

import re

import pytest

from alambic.stages.report import plots
from alambic.stages.report.models import Model
from alambic.stages.report.scores import Score

CURVES = [("task", [("student", "#0072b2", {1: 3.0, 2: 2.0, 3: 1.5})])]


def test_the_same_plot_twice_has_no_identifier_in_common():
    one, other = (plots.training_curves(CURVES, name=name, label="A loss") for name in ("one", "other"))
    found = [set(re.findall(r'\bid="([^"]+)"', plot)) for plot in (one, other)]
    assert found[0] and not found[0] & found[1]


def test_colours_follow_the_page_and_models_keep_theirs():
    plot = plots.training_curves(CURVES, name="one", label="A loss")
    assert "var(--ink)" in plot and "var(--line)" in plot and "#0072b2" in plot
    assert plots.INK not in plot and plots.LINE not in plot


def test_an_interval_beside_its_value_can_be_drawn():
    score = Score("student", "chapter", "long", "test", "accuracy", "accuracy", 0.9, 0.5, 0.8, "all")
    model = Model("student", "student", "#0072b2", parameters=10_000_000)
    assert "10.0 M" in plots.size_and_quality([score], {"student": model})


@pytest.mark.parametrize(("values", "share"), [([5.0] * 50, 0.03), ([5.0] * 50, 0.5), ([], 0.03)])
def test_smoothing_keeps_what_is_constant(values, share):
    assert plots.smooth(values, share=share) == values


def test_nothing_to_draw_is_no_plot():
    assert plots.training_curves([], name="none", label="Nothing") == ""


@pytest.mark.parametrize("name", ["a$b$c", "$\\frac$", "$"])
def test_a_name_is_drawn_as_it_is_and_never_as_a_formula(name):
    curves = [(name, [(name, "#0072b2", {1: 3.0, 2: 2.0})])]
    assert plots.training_curves(curves, name="one", label="A loss").count(f">{name}</text>") == 2
    score = Score(name, name, name, "test", "accuracy", "accuracy", 0.9, 0.5, 0.8, "all")
    plots.size_and_quality([score], {name: Model(name, "student", "#0072b2", parameters=10_000_000)})
    words = {"before": 2.0, "after": 1.0}
    plots.fertility({name: {name: words}})
