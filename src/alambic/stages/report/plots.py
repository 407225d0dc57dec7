"""Plots as inline SVG: drawn by matplotlib, sharp at any size, in the colours of the page in light and dark."""

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from alambic.stages.report.models import MARKERS, Model
from alambic.stages.report.number_format import readable, size
from alambic.stages.report.scores import Score

INK, LINE = "#101112", "#d0d1d2"  # stand for the page's own colours, which follow the reader's light or dark
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud, and takes the page's font
    "svg.hashsalt": "alambic",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in a name begins no formula
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
}
PANEL = (4.6, 3.4)  # inches
WIDTH = 31  # of a panel on the page, in rem: the plot's text is then about as large as the page's

Draw = Callable[[Axes, Any], None]


def panels(items: list[Any], draw: Draw, *, label: str, name: str) -> str:
    """Draw one panel per item, two in a row; `label` says to a screen reader what is seen."""
    if not items:
        return ""
    columns = min(2, len(items))
    rows = -(-len(items) // columns)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).flatten()
        for axis, item in zip(axes, items, strict=False):
            draw(axis, item)
        for axis in axes[len(items) :]:
            axis.axis("off")
        stream = StringIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(stream.getvalue(), label=label, name=name, columns=columns)


def _inline(svg: str, *, label: str, name: str, columns: int) -> str:
    """Make a document an element: no prologue, a size that follows the page's, identifiers unique on the page."""
    width = f"max-width: {WIDTH * columns}rem; min-width: {WIDTH * columns // 2}rem"
    body = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    body = re.sub(r' xmlns(:\w+)?="[^"]*"', "", body).replace("xlink:href", "href")
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", body)
    head = rf'<svg viewBox="\1" style="{width}" role="img" aria-label="{label}">'
    body = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', head, body)
    body = re.sub(r"font: ([^;\"]*?)'?[^;\"]*sans-serif", r"font: \1 var(--sans)", body)
    return body.replace(INK, "var(--ink)").replace(LINE, "var(--line)")


def size_and_quality(scores: list[Score], models: dict[str, Model]) -> str:
    """Plot score against size, a panel per measure."""
    measures = list(dict.fromkeys(score.measure for score in scores))

    def draw(axis: Axes, measure: Any) -> None:
        of_measure = [score for score in scores if score.measure == measure]
        for score in of_measure:
            _place(axis, score, models[score.model])
        task, dataset, _, metric = measure
        silver = " (silver)" if of_measure[0].silver and "silver" not in dataset else ""
        axis.set_title(f"{task}, {readable(dataset)}{silver}")
        axis.set_ylabel(readable(metric))
        axis.set_ylim(bottom=0)
        _size_axis(axis, [models[score.model].parameters for score in of_measure])

    label = "Score against number of parameters, with intervals; the figures are in the tables of results"
    return panels(measures, draw, label=label, name="quality")


def _place(axis: Axes, score: Score, model: Model) -> None:
    if model.parameters is None:
        axis.axhspan(score.low, score.high, color=model.colour, alpha=0.15, linewidth=0)
        axis.axhline(score.value, color=model.colour, linestyle="--", linewidth=1.2)
        axis.annotate(
            model.name, (0.99, score.value), xycoords=("axes fraction", "data"), xytext=(0, 3),
            textcoords="offset points", ha="right", color=model.colour,
        )  # fmt: skip
        return
    # The value may lie outside the interval: it is that of the resamples, not symmetric around it.
    error = [[max(0.0, score.value - score.low)], [max(0.0, score.high - score.value)]]
    axis.errorbar(
        model.parameters,
        score.value,
        yerr=error,
        color=model.colour,
        marker=MARKERS[model.role],
        markersize=7,
        capsize=3,
    )
    axis.annotate(
        model.name, (model.parameters, score.value), xytext=(8, 4), textcoords="offset points", color=model.colour
    )


def _size_axis(axis: Axes, parameters: list[int | None]) -> None:
    numbers = [number for number in parameters if number]
    axis.set_xscale("log")
    axis.set_xlabel("parameters")
    if numbers:
        axis.set_xlim(min(numbers) / 1.6, max(numbers) * 2.4)
        axis.set_xticks(sorted(set(numbers)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda number, _: size(number).replace("\u202f", " ")))
    axis.xaxis.set_minor_formatter(NullFormatter())


Curve = tuple[str, str, dict[int, float]]  # model, colour, value by step


def training_curves(charts: list[tuple[str, list[Curve]]], *, name: str, label: str) -> str:
    """Plot values against steps, a panel per chart; curves of one model share its colour."""

    def draw(axis: Axes, chart: Any) -> None:
        title, curves = chart
        named: set[str] = set()
        for model, colour, values in curves:
            steps = list(values)
            axis.plot(steps, list(values.values()), color=colour, linewidth=0.7, alpha=0.3)
            axis.plot(
                steps, smooth(list(values.values())), color=colour, linewidth=1.6,
                label=None if model in named else model,
            )  # fmt: skip
            named.add(model)
        axis.set_title(title)
        axis.set_xlabel("step")
        axis.legend(loc="best")

    return panels(charts, draw, label=label, name=name)


def smooth(values: list[float], *, share: float = 0.03) -> list[float]:
    """Average exponentially over about `share` of the values, so that a noisy loss shows its course."""
    weight = 1 / max(1.0, len(values) * share)
    smoothed: list[float] = []
    for value in values:
        smoothed.append(value if not smoothed else smoothed[-1] + weight * (value - smoothed[-1]))
    return smoothed


def fertility(tokenizers: dict[str, dict[str, dict[str, float | None]]]) -> str:
    """Plot tokens per word before and after, a panel per tokenizer."""

    def draw(axis: Axes, name: Any) -> None:
        texts = [(text, of) for text, of in tokenizers[name].items() if of.get("before") and of.get("after")]
        for row, (_, of) in enumerate(reversed(texts)):
            before, after = float(of["before"] or 0), float(of["after"] or 0)
            colour = "#009e73" if after <= before else "#d55e00"
            axis.plot([before, after], [row, row], color=colour, linewidth=2, zorder=1)
            axis.scatter([before], [row], s=45, facecolor="none", edgecolor=INK, zorder=2)
            axis.scatter([after], [row], s=45, color=colour, zorder=2)
            left = min(before, after), max(before, after)
            for number, side, shift in ((left[0], "right", -8), (left[1], "left", 8)):
                axis.annotate(f"{number:.2f}", (number, row), xytext=(shift, 0), textcoords="offset points",
                              ha=side, va="center")  # fmt: skip
        axis.set_yticks(range(len(texts)), [text.replace("_", " ") for text, _ in reversed(texts)])
        axis.set_ylim(-0.6, len(texts) - 0.4)
        axis.margins(x=0.25)
        axis.set_title(name)
        axis.set_xlabel("tokens per word (fewer is better)")

    return panels(list(tokenizers), draw, label="Tokens per word before and after, as in the table", name="fertility")
