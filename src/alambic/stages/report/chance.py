"""What a score would be without any skill: the same answer to every example."""

from collections import Counter

from alambic.stages.report.answers import Answers
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData


def chance(metric: str, answers: Answers) -> float | None:
    """Give the score of the best answer that is the same everywhere; None where it is not known for the metric.

    Of one label each, with the share s of the most frequent among n labels: accuracy s, macro F1 2 s / (1 + s) / n.
    Without an entity or a label every F1 is 0.
    """
    labels = [each for each in answers.gold if isinstance(each, str)]
    if len(labels) == len(answers.gold) and labels:
        counted = Counter(labels)
        share = counted.most_common(1)[0][1] / len(labels)
        return {"accuracy": share, "macro_f1": 2 * share / (1 + share) / len(counted)}.get(metric)
    return 0.0 if metric.endswith("f1") else None


def models_at_chance(report: ReportData, ranking: Ranking) -> dict[str, float]:
    """Name the models whose interval reaches what one and the same answer would get, with that score."""
    answers = {
        each.model: each for each in report.answers if (each.task, each.dataset) == (ranking.task, ranking.dataset)
    }
    levels = {name: chance(ranking.metric, answers[name]) for name in ranking.scores if name in answers}
    return {name: level for name, level in levels.items() if level is not None and ranking.scores[name].low <= level}
