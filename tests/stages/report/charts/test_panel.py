"""Drawings that say what they are drawn from, and share a page without disturbing one another."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from alambic.stages.report import fertility, learning_curves
from alambic.stages.report.charts.axis import linear, logarithmic, round_ticks
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import HEIGHT, MOST_POINTS, WIDTH, Panel, thinned
from alambic.stages.report.marks import COLOURS, mark
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import decimal
from alambic.stages.report.phrases import Phrase
from alambic.stages.report.quality_and_size import front_of

STUDENT = Model("student", "student", "#0072b2", parameters=10_000_000, dash="7 3")
CURVES = {"task": [("student", {1: 3.0, 2: 2.0, 3: 1.5})]}


def drawn(panel: Panel) -> ElementTree.Element:
    return ElementTree.fromstring(panel.svg(Phrase(en="What is seen", fr="Ce que l’on voit")))


def two_by_two() -> Panel:
    return Panel("task", x=linear([0, 1], low=0, high=1), y=linear([0, 1], low=0, high=1))


def test_a_point_lies_where_its_values_say_and_tells_them():
    panel = two_by_two()
    panel.point(0.5, 1.0, STUDENT, low=0.9, high=1.0, tip="student: 1.000")
    (group,) = drawn(panel).iter("g")
    assert group.attrib == {"data-model": "student", "data-tip": "student: 1.000"}
    assert group.findtext("title") == "student: 1.000"
    across, up = panel.at(0.5, 1.0)
    assert group.findall("path")[-1].attrib["transform"] == f"translate({across:.1f} {up:.1f})"
    assert panel.at(0, 0)[1] > panel.at(0, 1)[1] and panel.at(0, 0)[0] < panel.at(1, 0)[0]


def test_labels_of_models_of_one_score_do_not_lie_on_each_other_nor_out_of_the_frame():
    panel = two_by_two()
    for name in ("one", "other", "a_very_long_name_of_a_student"):
        panel.point(0.98, 0.5, Model(name, "student", "#000"), label=name)
    labels = [
        each for each in drawn(panel).iter("text") if each.text in ("one", "other") or "long" in (each.text or "")
    ]
    heights = sorted(float(each.attrib["y"]) for each in labels)
    assert all(after - before >= 12 for before, after in pairwise(heights)) and len(heights) == 3
    longest = next(each for each in labels if "long" in (each.text or ""))
    assert longest.attrib["text-anchor"] == "end"
    assert all(0 < float(each.attrib["x"]) < WIDTH and 0 < float(each.attrib["y"]) < HEIGHT for each in labels)


def test_a_long_line_keeps_its_ends_and_few_of_its_points():
    points = [(float(step), 1 / (1 + step)) for step in range(10_007)]
    few = thinned(points)
    assert few[0] == points[0] and few[-1] == points[-1] and len(few) <= MOST_POINTS * 2


def test_every_model_can_be_told_without_colours():
    for role in COLOURS:
        for number in (1, 2):
            shown = {mark(role, place)[1:] for place in range(number)}
            filled = {(path, fill.startswith("#")) for path, fill in shown}
            assert len(filled) == number or role in ("dictionary", "predictions")
    assert len({mark(role, 0)[1] for role in COLOURS}) == len(COLOURS)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 0.5, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        (-2, 2, ["\u22122", "\u22121", "0", "1", "2"]),
        (0, 12_000, ["0", "2\u202f500", "5\u202f000", "7\u202f500", "10\u202f000"]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert [text for _, text in round_ticks(low, high)] == expected


def test_an_axis_of_sizes_has_a_tick_at_each_model_but_for_those_that_are_near():
    axis = logarithmic([13e6, 13.1e6, 117e6], write=lambda number: f"{number:.0f}")
    assert [value for value, _ in axis.ticks] == [13e6, 117e6]
    assert 0 < axis.share(13e6) < axis.share(117e6) < 1


def test_an_axis_of_equal_values_has_a_length():
    assert linear([0.0, 0.0]).low < linear([0.0, 0.0]).high and linear([]).ticks


@pytest.mark.parametrize(("values", "share"), [([5.0] * 50, 0.03), ([5.0] * 50, 0.5), ([], 0.03)])
def test_smoothing_keeps_what_is_constant(values, share):
    assert learning_curves.smooth(values, share=share) == values


def test_nothing_to_draw_is_no_drawing():
    assert figure([], label="Nothing", models=[STUDENT]) == ""


@pytest.mark.parametrize("name", ["a$b$c", "<b>&amp;", '"'])
def test_a_name_is_drawn_as_it_is(name):
    model = Model(name, "student", "#0072b2")
    drawing = learning_curves.draw(
        {name: [(name, {1: 3.0, 2: 2.0})]}, {name: model}, step="step", label=name, tasks=True
    )
    tree = ElementTree.fromstring(f"<div>{drawing}</div>")
    assert next(each.text for each in tree.iter("text")) == name
    assert {each.attrib["data-model"] for each in tree.iter("g")} == {name}
    fertility.draw({name: {name: {"before": 2.0, "after": 1.0}}}, axis="x", label="y")


def test_words_of_a_drawing_are_in_both_languages():
    axis = linear([0, 1], Phrase(en="steps", fr="pas"))
    tree = drawn(Panel(Phrase(en="Loss", fr="Perte"), x=axis, y=linear([0, 1])))
    words = {(each.attrib["class"], each.text) for each in tree.iter("tspan")}
    assert {("en", "Loss"), ("fr", "Perte"), ("en", "steps"), ("fr", "pas")} <= words
    assert (tree.attrib["aria-label"], tree.attrib["data-label-fr"]) == ("What is seen", "Ce que l’on voit")


def test_numbers_of_a_drawing_have_a_decimal_comma_in_french():
    panel = two_by_two()
    panel.point(0.5, 1.0, STUDENT, tip=Phrase(en="student: 0.5", fr="student: 0,5"))
    panel.note(0.1, 0.1, decimal("1.25"))
    tree = drawn(panel)
    by_language = {
        language: {each.text for each in tree.iter("tspan") if each.attrib["class"] == language}
        for language in ("en", "fr")
    }
    assert by_language["en"] == {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.25"}
    assert by_language["fr"] == {text.replace(".", ",") for text in by_language["en"]}
    (group,) = tree.iter("g")
    assert (group.attrib["data-tip"], group.attrib["data-tip-fr"]) == ("student: 0.5", "student: 0,5")


def test_the_front_has_what_nothing_smaller_does_better():
    assert front_of([(3, 0.6), (1, 0.5), (2, 0.4), (3, 0.7)]) == [(1, 0.5), (3, 0.7)]
    assert not re.search("nan", str(front_of([])))
