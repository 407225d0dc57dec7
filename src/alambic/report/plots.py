"""The page's plots, as SVG: sharp in print, small, and without any script.

matplotlib draws them: researchers know how to change its plots, and a paper takes the same files.
"""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Its cache of fonts needs a folder that can be written; a home directory on a cluster may be full.
os.environ.setdefault("MPLCONFIGDIR", tempfile.mkdtemp(prefix="matplotlib-"))

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from alambic.report.gather import Campaign

# Okabe and Ito's palette: told apart by colour-blind readers, on white and on black.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#888888"
INK = "#010203"  # stands for the page's own text colour, light or dark
STYLE = {
    "svg.hashsalt": "alambic",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#88888833",
    "legend.frameon": False,
}


def colours(campaign: Campaign) -> dict[str, str]:
    """Give each model a colour that it keeps all over the page."""
    models = [model.name for model in campaign.models if model.kind != "no model"]
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(models)}


def size_and_quality(campaign: Campaign) -> str:
    """Draw score against parameters, a panel per task and dataset, the dictionary as a line."""
    shade = colours(campaign)
    with panels(len(campaign.main_places)) as (figure, axes):
        for place, axis in zip(campaign.main_places, axes, strict=True):
            for model in campaign.models:
                row = campaign.summary.get((model.name, place))
                if row is None:
                    continue
                if model.kind == "no model":
                    axis.axhline(row.value, color=GREY, linestyle="--", linewidth=1.2, label=model.name)
                    axis.axhspan(row.low, row.high, color=GREY, alpha=0.12)
                    continue
                bar = [[max(0.0, row.value - row.low)], [max(0.0, row.high - row.value)]]
                axis.errorbar(
                    model.parameters, row.value, yerr=bar, fmt="o", color=shade[model.name], capsize=3, label=model.name
                )
            axis.set(xscale="log", xlabel="parameters", title=title_of(place))
            axis.margins(x=0.25)
        axes[0].set_ylabel("score")
        legend(figure, axes)
        return svg(figure)


def training_curves(campaign: Campaign) -> str:
    """Draw the loss of each distillation; their units differ, so each has its own panel."""
    items = [item for item in campaign.of("distill") if campaign.curve(item)]
    if not items:
        return ""
    shade = colours(campaign)
    with panels(len(items)) as (figure, axes):
        for item, axis in zip(items, axes, strict=True):
            curve = campaign.curve(item)
            losses = smoothed([point["loss"] for point in curve])
            steps = [point["step"] for point in curve]
            axis.plot(steps, losses, color=shade.get(item.name, GREY), linewidth=1.5)
            terms = ", ".join(item.manifest.settings.get("objectives", {}))
            axis.set(title=f"{item.name}: {terms}", xlabel="step")
        axes[0].set_ylabel("loss")
        return svg(figure)


def fertility(campaign: Campaign) -> str:
    """Draw tokens per word before and after, on each kind of text."""
    items = [item for item in campaign.of("tokenizer") if item.facts.get("fertility")]
    if not items:
        return ""
    with panels(len(items)) as (figure, axes):
        for item, axis in zip(items, axes, strict=True):
            texts = item.facts["fertility"]
            for shift, (moment, colour) in enumerate((("before", GREY), ("after", COLOURS[0]))):
                places = [number + 0.4 * shift for number in range(len(texts))]
                bars = axis.bar(places, [text[moment] for text in texts.values()], 0.38, color=colour, label=moment)
                axis.bar_label(bars, fmt="%.2f", fontsize=8)
            names = [name.replace("_", " ") for name in texts]
            axis.set_xticks([number + 0.2 for number in range(len(texts))], names)
            axis.set(title=item.name, ylabel="tokens per word")
        legend(figure, axes)
        return svg(figure)


def time_by_stage(campaign: Campaign) -> str:
    """Draw the seconds of all jobs of each stage."""
    stages = list(dict.fromkeys(item.stage for item in campaign.items))
    seconds = [sum(float(item.manifest.run.get("seconds", 0)) for item in campaign.of(stage)) for stage in stages]
    with panels(1, height=0.32 * len(stages) + 0.8) as (figure, (axis,)):
        bars = axis.barh(stages[::-1], seconds[::-1], color=COLOURS[0])
        axis.bar_label(bars, fmt="%.0f s", padding=3, fontsize=9)
        axis.set(xlabel="seconds, all jobs together")
        axis.margins(x=0.12)
        return svg(figure)


def smoothed(values: list[float]) -> list[float]:
    """Average over a window of a fiftieth of the curve."""
    width = max(1, len(values) // 50)
    return [sum(values[max(0, n - width + 1) : n + 1]) / min(width, n + 1) for n in range(len(values))]


def title_of(place: tuple[str, str, str]) -> str:
    """Name a task, its dataset and its metric."""
    task, dataset, metric = place
    return f"{task}, {dataset}\n({metric})"


@contextmanager
def panels(count: int, *, height: float = 3.2) -> Iterator[tuple[Figure, Any]]:
    """Open a row of panels, and close it afterwards."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, count, figsize=(max(5.0, 3.1 * count), height), squeeze=False, layout="constrained"
        )
        try:
            yield figure, list(axes[0])
        finally:
            plt.close(figure)


def legend(figure: Figure, axes: Any) -> None:
    """Name the colours once, under all panels."""
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))


def svg(figure: Figure) -> str:
    """Write a figure as an SVG element whose ink is the page's."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    return re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', r"<svg \1", text, count=1)
