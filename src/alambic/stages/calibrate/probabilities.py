"""How probable a model found an answer: from the scores that it left, whatever kind of answer it is.

| answer | its parts | probability of a part | margin |
|---|---|---|---|
| one label | the label | that of the label | less that of the next label |
| several labels | every label of the task | p of one that was given, 1 - p of one that was not | 2 p - 1 |
| a tag per word | the words that were read | that of the word's tag | less that of the next tag |
| codes out of thousands, of which the likeliest were left | the codes | that of the code | less the likeliest other |
| written codes | the codes | that of the code | as the search for the best output left it |

Of written codes the probability of the whole is that of the output, normalised by its length; elsewhere it is the
product of the parts, as if they were independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alambic.data.example_scores import MARGIN, SEQUENCE
from alambic.data.predictions import Answer

SMALLEST = 1e-6  # of a probability
Top = Mapping[str, float]  # the scores of an example by what they are of
Row = tuple[float, float, float]


@dataclass(frozen=True)
class Read:
    """Of each example (n,): the least probability of a part of the answer, the least margin, and the log of all."""

    probability: np.ndarray
    margin: np.ndarray  # how much more probable than what comes next, -1 to 1
    log_probability: np.ndarray

    @property
    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give what a `Row` has, in its order."""
        return self.probability, self.margin, self.log_probability

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Read":
        """Put those of single examples together."""
        columns = np.array(rows, dtype=float).reshape(-1, 3)
        return cls(columns[:, 0], columns[:, 1], columns[:, 2])


def read_dense(answers: Sequence[Answer], scores: Sequence[np.ndarray], labels: Sequence[str]) -> Read:
    """Read what a model thought of some answers, of which it need not have given them itself.

    `scores` has (rows, labels) of each example; where the first label is "O", an answer is a tag per word.
    """
    numbers = {label: number for number, label in enumerate(labels)}
    tags = bool(labels) and labels[0] == "O"
    rows = []
    for answer, of_labels in zip(answers, scores, strict=True):
        if isinstance(answer, str):
            parts, margins = _of_label(answer, of_labels[0], numbers)
        elif tags:
            parts, margins = _of_tags(answer, of_labels, numbers)
        else:
            parts, margins = _of_labels(answer, of_labels[0], numbers)
        rows.append(_row(parts, margins))
    return Read.of(rows)


def read_sparse(answers: Sequence[Answer], scores: Sequence[Top]) -> Read:
    """Read the same where only the likeliest labels, or those that were written, have scores."""
    return Read.of([_of_top(answer, of) for answer, of in zip(answers, scores, strict=True)])


def candidates(scores: Top) -> dict[str, float]:
    """Give the labels that have a score, without what is said of the whole output."""
    return {label: value for label, value in scores.items() if label not in (SEQUENCE, MARGIN)}


def _row(parts: np.ndarray, margins: np.ndarray) -> Row:
    # An answer of no parts, as to a text without words: nothing speaks for it, and nothing against.
    if not len(parts):
        return 0.5, 0.0, float(np.log(0.5))
    return float(parts.min()), float(margins.min()), float(np.log(np.clip(parts, SMALLEST, 1)).sum())


def _of_top(answer: Answer, scores: Top) -> Row:
    of_labels = candidates(scores)
    given = {answer} if isinstance(answer, str) else set(answer)
    next_best = max((value for label, value in of_labels.items() if label not in given), default=0.0)
    # Without a label: as sure as the whole output is where that has a score, else as no label is likely.
    none = scores.get(SEQUENCE, 1 - next_best)
    parts = np.array([of_labels.get(label, 0.0) for label in given] or [none])
    margin = scores[MARGIN] if MARGIN in scores else float(parts.min()) - next_best
    whole = np.log(np.clip(parts, SMALLEST, 1)).sum()
    if SEQUENCE in scores:
        whole = np.log(max(scores[SEQUENCE], SMALLEST))
    return float(parts.min()), float(margin), float(whole)


def _of_label(answer: str, scores: np.ndarray, numbers: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    own = numbers.get(answer)
    probability = float(scores[own]) if own is not None else 0.0
    others = np.delete(scores, own) if own is not None else scores
    margin = probability - float(others.max()) if len(others) else probability
    return np.array([probability]), np.array([margin])


def _of_labels(answer: Sequence[str], scores: np.ndarray, numbers: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    given = np.zeros(len(scores), dtype=bool)
    given[[numbers[label] for label in answer if label in numbers]] = True
    parts = np.where(given, scores, 1 - scores)
    if any(label not in numbers for label in answer):
        parts = np.append(parts, 0.0)
    return parts, 2 * parts - 1


def _of_tags(answer: Sequence[str], scores: np.ndarray, numbers: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    tags = np.array([numbers[tag] for tag in answer], dtype=np.int64)
    read = np.flatnonzero(scores.sum(axis=1) > 0)  # a word that was not read has zeros
    own = tags[read]
    parts = scores[read, own]
    others = scores[read].copy()
    others[np.arange(len(read)), own] = -1
    return parts, parts - others.max(axis=1, initial=0.0)
