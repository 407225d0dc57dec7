"""Scores by how often the training texts have a term, and by how many tokens a model cuts its words into.

A term is an entity as it is written, without capitals and accents, or a label. One that no training text has is a new
concept. What is right and what was answered count in the group of their own term, so that each group has an F1.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, Predictions
from alambic.settings import Evaluate
from alambic.settings.robustness import PERTURBED
from alambic.stages.evaluate.items import Item, ScoredItems, items_of
from alambic.stages.evaluate.metrics._score import f1, ratio
from alambic.stages.evaluate.scored_examples import examples_of, load_data
from alambic.statistics.bootstrap import digest_of, interval, number_units, over_seeds, resample, sum_by_unit
from alambic.tasks.examples import Example
from alambic.tasks.words import fold, word_offsets

TIMES = (0, 1, 3, 10, math.inf)  # in the training texts: never, 1 or 2, 3 to 9, 10 and more
TOKENS = (0.0, 1.25, 1.75, 2.5, math.inf)  # per word, from which each group begins
OF_EXAMPLES = ("chapter", "year")  # attributes by which terms that training never had are also scored
MOST_VALUES = 40  # of such an attribute with more there are no rows

Groups = list[dict[Item, int]]


def score_terms(settings: Evaluate, inputs: Inputs, predictions: Predictions) -> list[dict[str, Any]]:
    """Give a row for each test set and group that has a right answer: F1 over all seeds, its interval, recall.

    None where nothing is chosen among labels, as where an answer is a number.
    """
    if not predictions.labels:
        return []
    parts = [part for part in predictions.of_split("test") if PERTURBED not in part.dataset]
    data = load_data(settings, inputs)
    seen = Counter(term for e in data.train for term in map(_term(e), items_of(e.gold, predictions.labels)))
    rows: list[dict[str, Any]] = []
    for part in parts:
        items, examples = ScoredItems.of(part, predictions.labels), examples_of(part, data)
        by_times = [
            {item: _group(seen[_term(example)(item)], TIMES) for item in of}
            for example, of in zip(examples, items.all_items(), strict=True)
        ]
        rows += _rows(settings, part, items, by_times, "times_in_training", TIMES)
        rows += _unseen_rows(settings, part, items, by_times)
        if any(part.tokens):
            cut = [_tokens_per_word(e, tokens) for e, tokens in zip(examples, part.tokens, strict=True)]
            by_tokens = [
                {item: _group(tokens_per_word(item), TOKENS) for item in of}
                for tokens_per_word, of in zip(cut, items.all_items(), strict=True)
            ]
            rows += _rows(settings, part, items, by_tokens, "tokens_per_word", TOKENS)
            rows.append(_right_and_wrong(settings, part, items, cut))
    return rows


def _term(example: Example) -> Callable[[Item], str]:
    """Give what writes an item of an example as a term."""

    def written(item: Item) -> str:
        if not item.end:
            return item.label
        return fold(example.text[example.words[item.first][0] : example.words[item.end - 1][1]])

    return written


def _tokens_per_word(example: Example, tokens: Sequence[int]) -> Callable[[Item], float]:
    """Give what counts the tokens per word of an entity, or of the text that has a label."""

    def counted(item: Item) -> float:
        if not item.end:
            return tokens[0] / max(1, len(word_offsets(example.text)))
        return sum(tokens[item.first : item.end]) / (item.end - item.first)

    return counted


def _group(value: float, bounds: Sequence[float]) -> int:
    return next(number for number, (low, high) in enumerate(pairwise(bounds)) if low <= value < high)


def difference_of_means(totals: np.ndarray) -> np.ndarray:
    """Subtract the second of two means from the first, from sums (..., 4): a sum and a number, twice."""
    return ratio(totals[..., 0], totals[..., 1]) - ratio(totals[..., 2], totals[..., 3])


def _rows(
    settings: Evaluate, part: PredictedExamples, items: ScoredItems, groups: Groups, name: str, bounds: Sequence[float]
) -> list[dict[str, Any]]:
    counts = items.counts(groups, len(bounds) - 1)
    rows = []
    for number, (low, high) in enumerate(pairwise(bounds)):
        place = {"by": name, "from": low, "below": None if math.isinf(high) else high}
        rows += _row(settings, part, [of_seed[:, number] for of_seed in counts], place)
    return rows


def _unseen_rows(
    settings: Evaluate, part: PredictedExamples, items: ScoredItems, by_times: Groups
) -> list[dict[str, Any]]:
    """Score terms that no training text has by the chapter and the year of their examples, where these are known."""
    rows = []
    for attribute in OF_EXAMPLES:
        values = [attributes.get(attribute, "") for attributes in part.attributes]
        names = sorted({value for value in values if value})
        if len(names) > MOST_VALUES:
            continue
        groups = [
            {item: names.index(value) for item, times in of.items() if times == 0} if value else {}
            for value, of in zip(values, by_times, strict=True)
        ]
        counts = items.counts(groups, len(names)) if names else []
        for number, name in enumerate(names):
            place = {"by": f"unseen_by_{attribute}", "group": name}
            rows += _row(settings, part, [of_seed[:, number] for of_seed in counts], place)
    return rows


def _row(
    settings: Evaluate, part: PredictedExamples, of_group: Sequence[np.ndarray], place: dict[str, Any]
) -> list[dict[str, Any]]:
    """Score one group from its counts of each seed, (examples, 3); no row where it has no right answer."""
    totals = np.stack([of_seed.sum(axis=0) for of_seed in of_group])
    if not totals[0, 1]:
        return []
    return [
        {
            "dataset": part.dataset,
            **place,
            "right_answers": int(totals[0, 1]),
            "f1": float(f1(totals).mean()),
            **_interval(settings, part, of_group, f1),
            "precision": float(ratio(totals[:, 0], totals[:, 2]).mean()),
            "recall": float(ratio(totals[:, 0], totals[:, 1]).mean()),
            "units": len(set(np.asarray(number_units(part.units))[of_group[0][:, 1] > 0].tolist())),
        }
    ]


def _right_and_wrong(
    settings: Evaluate, part: PredictedExamples, items: ScoredItems, tokens: Sequence[Callable[[Item], float]]
) -> dict[str, Any]:
    """Compare the tokens per word of what was missed with those of what was found, by all seeds together."""
    counts = np.zeros((len(items.gold), 4))
    for predicted in items.predicted.values():
        for row, (gold, given, of) in enumerate(zip(items.gold, predicted, tokens, strict=True)):
            for column, some in ((0, gold - given), (2, gold & given)):
                counts[row, column : column + 2] += sum(map(of, some)), len(some)
    totals = counts.sum(axis=0)
    return {
        "dataset": part.dataset,
        "by": "missed_against_found",
        "tokens_per_word_missed": float(ratio(totals[0], totals[1])),
        "tokens_per_word_found": float(ratio(totals[2], totals[3])),
        "difference": float(difference_of_means(totals)),
        **_interval(settings, part, [counts], difference_of_means),
    }


def _interval(
    settings: Evaluate,
    part: PredictedExamples,
    counts: Sequence[np.ndarray],
    combine: Callable[[np.ndarray], np.ndarray],
) -> dict[str, float]:
    digest = digest_of(part.ids, part.units)
    summed = [sum_by_unit(of_seed, part.units) for of_seed in counts]
    values = resample(summed, combine, resamples=settings.resamples, digest=digest)
    low, high = interval(over_seeds(values, digest=digest), confidence=settings.confidence)
    return {"low": low, "high": high}
