"""Tokens per word before and after, drawn as a line from the one to the other."""

from markupsafe import Markup

from alambic.stages.report.charts.axis import Axis, linear
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import BOTTOM, TOP, Panel
from alambic.stages.report.marks import CIRCLE
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import decimal
from alambic.stages.report.phrases import Phrase, same

BEFORE = Model("", "pretrained", "var(--soft)", shape=CIRCLE, fill="var(--card)")
AFTER = Model("", "pretrained", "#0072b2", shape=CIRCLE, fill="#0072b2")
ROW = 46  # the height of a kind of text

Fertilities = dict[str, dict[str, dict[str, float | None]]]


def draw(tokenizers: Fertilities, *, axis: Phrase | str, label: Phrase | str) -> Markup:
    """Draw a panel per tokenizer, a line per kind of text."""
    return figure([_panel(name, texts, axis) for name, texts in tokenizers.items()], label=label)


def _panel(name: str, texts: dict[str, dict[str, float | None]], axis: Phrase | str) -> Panel:
    measured = [
        (text, float(of["before"] or 0), float(of["after"] or 0))
        for text, of in texts.items()
        if of.get("before") and of.get("after")
    ]
    numbers = [number for _, before, after in measured for number in (before, after)]
    x = linear(numbers, axis, margin=0.3)
    panel = Panel(
        name, x=x, y=Axis("", -0.5, max(1, len(measured)) - 0.5, []), height=TOP + BOTTOM + ROW * max(1, len(measured))
    )
    for row, (text, before, after) in enumerate(reversed(measured)):
        panel.note(x.low, row + 0.42, text, anchor="start", shift=4)
        panel.guide([(before, row), (after, row)])
        for number, other, style in ((before, after, BEFORE), (after, before, AFTER)):
            shown = decimal(f"{number:.2f}")
            panel.point(number, row, style, tip=same("{text}: {number}").format(text=text, number=shown))
            is_left = number < other
            panel.note(number, row, shown, anchor="end" if is_left else "start", shift=-8 if is_left else 8)
    return panel
