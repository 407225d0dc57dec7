"""A drawing as SVG, written by hand: sharp at any size, with text that can be searched, and values where one points.

Colours, marks and dashes are those of the models, so that a drawing can be read without its colours. Each model's lines
and points are a group of its own, which filters hide.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape

from alambic.stages.report.charts.axis import Axis
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import value
from alambic.stages.report.phrases import Phrase, same

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 26, 40  # around what is drawn
MOST_POINTS = 200  # of a line
LABELS_APART = 12
SIGN = 6.3  # the width of a sign of a label

Point = tuple[float, float]


class Panel:
    """One drawing with two axes.

    panel = Panel("entities", x=logarithmic(sizes, words.parameters, write=size), y=linear(values, "F1", low=0))
    panel.point(13.1e6, 0.51, model, low=0.43, high=0.58)
    panel.svg("Score against size") -> <svg ...>
    """

    def __init__(self, title: Phrase | str, *, x: Axis, y: Axis, task: str = "", height: int = HEIGHT) -> None:
        self.title, self.x, self.y, self.task, self.height = title, x, y, task, height
        self.below: list[str] = []
        self.drawn: list[str] = []
        self.labels: list[tuple[float, float, str, Model]] = []

    def at(self, x: float, y: float) -> Point:
        """Give the place of a point in the drawing."""
        across = LEFT + self.x.share(x) * (WIDTH - LEFT - RIGHT)
        return across, self.height - BOTTOM - self.y.share(y) * (self.height - TOP - BOTTOM)

    def point(
        self,
        x: float,
        y: float,
        model: Model,
        *,
        low: float | None = None,
        high: float | None = None,
        tip: Phrase | str = "",
        label: str = "",
    ) -> None:
        """Draw a model's mark, with its interval; `tip` is shown when one points at it, `label` beside it."""
        across, up = self.at(x, y)
        parts = []
        if low is not None and high is not None:
            (_, bottom), (_, top) = self.at(x, low), self.at(x, high)
            parts.append(
                f'<path class="whisker" d="M{across:.1f},{top:.1f}V{bottom:.1f}M{across - 4:.1f},{top:.1f}h8'
                f'M{across - 4:.1f},{bottom:.1f}h8" stroke="{model.colour}"/>'
            )
        parts.append(_mark(across, up, model))
        self.drawn.append(_group(model, "".join(parts), tip))
        if label:
            self.labels.append((across + 8, up, label, model))

    def line(
        self,
        points: Sequence[Point],
        model: Model,
        *,
        band: Sequence[tuple[float, float, float]] = (),
        marks: bool = False,
        faint: bool = False,
        tips: Sequence[Phrase | str] = (),
    ) -> None:
        """Draw a line through (x, y); `band` has (x, low, high), `marks` a mark and its tip at each point."""
        if not points:
            return
        parts = []
        if band:
            edge = [self.at(x, high) for x, _, high in band] + [self.at(x, low) for x, low, _ in reversed(band)]
            parts.append(f'<path class="band" d="{_path(edge)}Z" fill="{model.colour}"/>')
        chosen = points if marks else thinned(points)
        places = [self.at(x, y) for x, y in chosen]
        dash = f' stroke-dasharray="{model.dash}"' if model.dash and not faint else ""
        kind = "faint line" if faint else "line"
        parts.append(f'<path class="{kind}" d="{_path(places)}" stroke="{model.colour}"{dash}/>')
        group = _group(model, "".join(parts), "")
        (self.below if faint else self.drawn).append(group)
        if marks:
            for index, (across, up) in enumerate(places):
                self.drawn.append(_group(model, _mark(across, up, model), tips[index] if tips else ""))
        elif not faint:
            last = same("{name} {last}").format(name=model.name, last=value(points[-1][1]))
            self.drawn.append(_group(model, _mark(*places[-1], model), last))

    def level(self, y: float, model: Model, *, low: float, high: float, tip: Phrase | str = "") -> None:
        """Draw a value without a place on the other axis, as that of a dictionary: a line across, with its interval."""
        right = WIDTH - RIGHT
        (_, up), (_, bottom), (_, top) = self.at(self.x.low, y), self.at(self.x.low, low), self.at(self.x.low, high)
        band = f'<path class="band" d="M{LEFT},{top:.1f}H{right}V{bottom:.1f}H{LEFT}Z" fill="{model.colour}"/>'
        line = f'<path class="line" stroke-dasharray="5 4" d="M{LEFT},{up:.1f}H{right}" stroke="{model.colour}"/>'
        self.below.append(_group(model, band + line, tip))
        self.labels.append((right - SIGN * len(model.name), up - 6, model.name, model))

    def guide(self, points: Sequence[Point], *, tip: Phrase | str = "") -> None:
        """Draw a line that is no model's, such as the front or what chance would give."""
        self.below.append(f'<path class="guide" d="{_path([self.at(x, y) for x, y in points])}"{_tip(tip)}/>')

    def note(self, x: float, y: float, text: Phrase | str, *, anchor: str = "middle", shift: float = 0.0) -> None:
        """Write a text at a point, `shift` to its right."""
        across, up = self.at(x, y)
        self.drawn.append(
            f'<text x="{across + shift:.1f}" y="{up + 4:.1f}" text-anchor="{anchor}">{_words(text)}</text>'
        )

    def svg(self, label: Phrase | str) -> Markup:
        """Write the drawing; `label` says to a screen reader what is seen."""
        english, french = (label.plain(each) if isinstance(label, Phrase) else label for each in ("en", "fr"))
        task = f' data-task="{escape(self.task)}"' if self.task else ""
        return Markup(
            f'<svg class="panel" viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(english)}" '
            f'data-label-fr="{escape(french)}"{task}>'
            f'<text class="title" x="{LEFT}" y="14">{_words(self.title)}</text>'
            f"{self._axes()}{''.join(self.below)}{''.join(self.drawn)}{''.join(self._spread_labels())}</svg>"
        )

    def _axes(self) -> str:
        parts = []
        right, bottom = WIDTH - RIGHT, self.height - BOTTOM
        for number, text in self.y.ticks:
            if 0 <= self.y.share(number) <= 1:
                _, up = self.at(self.x.low, number)
                parts.append(f'<path class="grid" d="M{LEFT},{up:.1f}H{right}"/>')
                parts.append(f'<text x="{LEFT - 6}" y="{up + 4:.1f}" text-anchor="end">{_words(text)}</text>')
        for number, text in self.x.ticks:
            if 0 <= self.x.share(number) <= 1:
                across, _ = self.at(number, self.y.low)
                parts.append(f'<path class="grid" d="M{across:.1f},{bottom}v4"/>')
                parts.append(f'<text x="{across:.1f}" y="{bottom + 16}" text-anchor="middle">{_words(text)}</text>')
        parts.append(f'<path class="axis" d="M{LEFT},{TOP}V{bottom}H{right}"/>')
        middle = (LEFT + right) / 2
        parts.append(f'<text class="of-axis" x="{middle}" y="{self.height - 6}" text-anchor="middle">')
        parts.append(f"{_words(self.x.label)}</text>")
        if self.y.label:
            parts.append(f'<text class="of-axis" x="{right}" y="14" text-anchor="end">{_words(self.y.label)}</text>')
        return "".join(parts)

    def _spread_labels(self) -> list[str]:
        """Write the labels so that none lies on another, and none out of the frame."""
        written: list[str] = []
        last = float(-LABELS_APART)
        for across, up, text, model in sorted(self.labels, key=lambda label: label[1]):
            last = max(up + 4, last + LABELS_APART)
            over = across + SIGN * len(text) > WIDTH
            place, anchor = (across - 16, "end") if over else (across, "start")
            content = f'<text x="{place:.1f}" y="{last:.1f}" text-anchor="{anchor}">{escape(text)}'
            written.append(_group(model, f"{content}</text>", ""))
        return written


def thinned(points: Sequence[Point]) -> list[Point]:
    """Leave out points of a long line evenly, never the last."""
    step = max(1, len(points) // MOST_POINTS)
    return [*points[::step], *([points[-1]] if (len(points) - 1) % step else [])]


def _words(text: Phrase | str) -> Markup:
    return text.svg if isinstance(text, Phrase) else escape(text)


def _path(places: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _mark(x: float, y: float, model: Model) -> str:
    return (
        f'<path class="point" d="{model.shape}" transform="translate({x:.1f} {y:.1f})" fill="{model.fill}" '
        f'stroke="{model.colour}"/>'
    )


def _tip(tip: Phrase | str) -> str:
    english, french = (tip.plain(each) if isinstance(tip, Phrase) else tip for each in ("en", "fr"))
    other = f' data-tip-fr="{escape(french)}"' if french != english else ""
    return f' data-tip="{escape(english)}"{other}' if english else ""


def _group(model: Model, content: str, tip: Phrase | str) -> str:
    title = f"<title>{escape(str(tip))}</title>" if tip else ""
    name = f' data-model="{escape(model.name)}"' if model.name else ""
    return f"<g{name}{_tip(tip)}>{title}{content}</g>"
