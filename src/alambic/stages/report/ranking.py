"""Models by task, best first."""

from dataclasses import dataclass

from alambic.settings.robustness import AT
from alambic.stages.report.scores import Score, over_seeds
from alambic.stages.report.unit_counts import higher_is_better


@dataclass(frozen=True)
class Ranking:
    """The models on one measure, best first."""

    measure: tuple[str, str, str, str]
    scores: dict[str, Score]  # by model, best first

    @property
    def task(self) -> str:
        """The task's name."""
        return self.measure[0]

    @property
    def dataset(self) -> str:
        """The data within the task."""
        return self.measure[1]

    @property
    def metric(self) -> str:
        """What is measured."""
        return self.measure[3]

    @property
    def silver(self) -> bool:
        """Tell whether the reference was made by a program."""
        return any(score.silver for score in self.scores.values())

    @property
    def models(self) -> list[str]:
        """Names of the models, best first."""
        return list(self.scores)


def rank(scores: list[Score]) -> list[Ranking]:
    """Rank the models on each measure, in the order in which the tasks give them."""
    summed = over_seeds(scores)
    measures = list(dict.fromkeys(score.measure for score in summed))
    return [_ranking(measure, [score for score in summed if score.measure == measure]) for measure in measures]


def main_rankings(rankings: list[Ranking]) -> list[Ranking]:
    """Keep the first metric of each task on each of its datasets: what the task names first counts most.

    A noise at several strengths has curves of its own, and is left out.
    """
    first: dict[tuple[str, str], Ranking] = {}
    for ranking in (each for each in rankings if AT not in each.dataset):
        first.setdefault((ranking.task, ranking.dataset), ranking)
    return list(first.values())


def order(rankings: list[Ranking]) -> list[str]:
    """Order the models by their mean place, best first."""
    ranks: dict[str, list[float]] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking.models):
            ranks.setdefault(name, []).append(rank / max(1, len(ranking.models) - 1))
    return sorted(ranks, key=lambda name: sum(ranks[name]) / len(ranks[name]))


def _ranking(measure: tuple[str, str, str, str], scores: list[Score]) -> Ranking:
    sign = -1 if higher_is_better(measure[3]) else 1
    best_first = sorted(scores, key=lambda score: sign * score.value)
    return Ranking(measure, {score.model: score for score in best_first})
