"""The answers whose confidence is asked for: what one system answered, and what it and the others thought of it.

The first system answers, with its first seed. Its other seeds and the other systems say how far they agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from alambic.data.example_scores import read_example_scores, read_top_scores
from alambic.data.predictions import Answer, PredictedExamples, Predictions, read_predictions
from alambic.errors import UserError
from alambic.settings.robustness import PERTURBED
from alambic.stages.calibrate.probabilities import Read, Top, candidates, read_dense, read_sparse
from alambic.tasks.head import Prediction


@dataclass(frozen=True)
class Scores:
    """What a system left of one split, by dataset and seed; a file of scores is dense or sparse, or is not there."""

    dense: dict[tuple[str, str], list[np.ndarray]]
    sparse: dict[tuple[str, str], list[dict[str, float]]]
    labels: tuple[str, ...]

    @classmethod
    def of_predictions(cls, predictions: Mapping[str, Sequence[Prediction]], labels: tuple[str, ...]) -> "Scores":
        """Take those of predictions by seed, of one dataset without a name; `labels` are those of the head."""
        dense: dict[tuple[str, str], list[np.ndarray]] = {}
        sparse: dict[tuple[str, str], list[dict[str, float]]] = {}
        for seed, of_seed in predictions.items():
            if any(each.scored for each in of_seed):
                sparse["", seed] = [_named(each) for each in of_seed]
            elif all(each.scores is not None for each in of_seed):
                dense["", seed] = [_in_rows(each, len(labels)) for each in of_seed]
        return cls(dense, sparse, labels)

    @classmethod
    def read_from(cls, folder: Path, labels: tuple[str, ...], *, split: str) -> "Scores":
        """Read the file in a folder; `labels` are those of the predictions."""
        dense = read_example_scores(folder, split=split)
        return cls(dense, {} if dense else read_top_scores(folder, split=split), labels)

    def of(self, dataset: str, seed: str, answers: Sequence[Answer]) -> Read | None:
        """Say how probable a seed found some answers; None where it left no scores."""
        if (dataset, seed) in self.dense:
            return read_dense(answers, self.dense[dataset, seed], self.labels)
        if (dataset, seed) in self.sparse:
            return read_sparse(answers, self.sparse[dataset, seed])
        return None

    def candidates(self, dataset: str, seed: str) -> list[Top]:
        """Give the probabilities of labels of each example; none where there are none, or where words have tags."""
        if self.labels[:1] == ("O",):
            return []
        if (dataset, seed) in self.dense:
            rows = self.dense[dataset, seed]
            return [dict(zip(self.labels, row[0].tolist(), strict=True)) for row in rows if len(row) == 1]
        return [candidates(top) for top in self.sparse.get((dataset, seed), [])]


@dataclass(frozen=True)
class AnsweredExamples:
    """The examples of one dataset and split with what was answered to them."""

    dataset: str
    split: str
    ids: list[str]
    units: list[str]  # of each example; an example without one is a unit itself
    gold: list[Answer]
    attributes: list[dict[str, str]]
    answers: list[Answer]
    seeds: list[list[Answer]] = field(default_factory=list)  # of each other seed of the same system
    systems: list[list[Answer]] = field(default_factory=list)  # of each other system, its first seed
    read: Read | None = None  # what the answering seed thought of its answers; None where it tells nothing
    read_by_others: list[Read] = field(default_factory=list)  # what other seeds thought of the same answers
    candidates: list[Top] = field(default_factory=list)  # the probabilities of labels; none where not told

    @cached_property
    def right(self) -> np.ndarray:
        """Whether each answer is the right one: (examples,)."""
        pairs = zip(self.gold, self.answers, strict=True)
        return np.array([same_answer(gold, answer) for gold, answer in pairs], dtype=bool)

    @property
    def is_perturbed(self) -> bool:
        """Tell whether the texts were changed for a test of robustness."""
        return PERTURBED in self.dataset


def _named(prediction: Prediction) -> dict[str, float]:
    assert prediction.scores is not None
    return dict(zip(prediction.scored, prediction.scores.tolist(), strict=True))


def _in_rows(prediction: Prediction, labels: int) -> np.ndarray:
    return np.asarray(prediction.scores, np.float32).reshape(-1, labels)


def same_answer(one: Answer, other: Answer) -> bool:
    """Tell whether two answers are the same; of several codes all must be, in any order."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one == other or sorted(one) == sorted(other)


def read_answers(folders: Sequence[Path], names: Sequence[str], *splits: str) -> list[list[AnsweredExamples]]:
    """Read what the systems answered to each split, by the datasets of the first; UserError where others lack them."""
    systems = [read_predictions(folder) for folder in folders]
    found = []
    for split in splits:
        scores = Scores.read_from(folders[0], systems[0].labels, split=split)
        found.append([_answered(part, systems[1:], names[1:], scores) for part in systems[0].of_split(split)])
    return found


def _answered(
    part: PredictedExamples, others: Sequence[Predictions], names: Sequence[str], scores: Scores
) -> AnsweredExamples:
    first, *other_seeds = part.predicted
    answers = part.predicted[first]
    same = [_same_part(other, part, name) for other, name in zip(others, names, strict=True)]
    return AnsweredExamples(
        dataset=part.dataset,
        split=part.split,
        ids=part.ids,
        units=[unit or name for unit, name in zip(part.units, part.ids, strict=True)],
        gold=part.gold,
        attributes=part.attributes,
        answers=answers,
        seeds=[part.predicted[seed] for seed in other_seeds],
        systems=[next(iter(other.predicted.values())) for other in same],
        read=scores.of(part.dataset, first, answers),
        read_by_others=_known(scores.of(part.dataset, seed, answers) for seed in other_seeds),
        candidates=scores.candidates(part.dataset, first),
    )


def _known(read: Iterable[Read | None]) -> list[Read]:
    return [each for each in read if each is not None]


def _same_part(other: Predictions, part: PredictedExamples, name: str) -> PredictedExamples:
    """Find the examples of a part among those that another system answered."""
    for candidate in other.of_split(part.split):
        if candidate.dataset == part.dataset and candidate.ids == part.ids:
            return candidate
    raise UserError(
        f"calibrate: '{name}' did not answer the examples of {part.dataset} ({part.split}) that the first system did: "
        "leave it out of `systems`, or give it predictions of all of them"
    )
