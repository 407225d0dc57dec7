"""Quality against size: a drawing per measure, with the front of what no smaller model does better."""

from markupsafe import Markup

from alambic.stages.report.charts.axis import linear, logarithmic
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.number_format import interval, readable, size, value
from alambic.stages.report.phrases import Phrase, same
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData


def draw(report: ReportData, *, parameters: Phrase | str, front: Phrase | str, label: Phrase | str) -> Markup:
    """Draw a panel per measure; a model without parameters is a line across."""
    panels = [_panel(report, ranking, parameters=parameters, front=front) for ranking in report.shown]
    return figure(panels, label=label, models=[report.models[name] for name in report.order])


def _panel(report: ReportData, ranking: Ranking, *, parameters: Phrase | str, front: Phrase | str) -> Panel:
    scores = ranking.scores
    sizes = {name: float(report.models[name].parameters or 0) for name in scores}
    highest = max(max(score.high, score.value) for score in scores.values())
    silver = " (silver)" if ranking.silver and "silver" not in ranking.dataset else ""
    panel = Panel(
        f"{ranking.task}, {readable(ranking.dataset)}{silver}",
        x=logarithmic(sizes.values(), parameters, write=size),
        y=linear([0, highest], readable(ranking.metric), low=0),
        task=ranking.task,
    )
    points = front_of([(sizes[name], score.value) for name, score in scores.items() if sizes[name]])
    if len(points) > 1:
        panel.guide(_steps(points), tip=front)
    for name, score in scores.items():
        model = report.models[name]
        tip = same("{name}: {value} {interval}").format(
            name=name, value=value(score.value), interval=interval(value(score.low), value(score.high))
        )
        # The value may lie outside the interval: it is that of the resamples, not symmetric around it.
        if sizes[name]:
            tip = same("{tip}, {size}").format(tip=tip, size=size(sizes[name]))
            panel.point(sizes[name], score.value, model, low=score.low, high=score.high, tip=tip, label=name)
        else:
            panel.level(score.value, model, low=score.low, high=score.high, tip=tip)
    return panel


def front_of(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Keep the points than which none is smaller and better: (1, 0.5), (2, 0.4), (3, 0.6) -> (1, 0.5), (3, 0.6)."""
    front: list[tuple[float, float]] = []
    for size_, score in sorted(points, key=lambda point: (point[0], -point[1])):
        if not front or score > front[-1][1]:
            front.append((size_, score))
    return front


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    steps = points[:1]
    for size_, score in points[1:]:
        steps += [(size_, steps[-1][1]), (size_, score)]
    return steps
