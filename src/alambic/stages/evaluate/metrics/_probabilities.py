"""Probabilities beside what is right: what the measures of calibration are made of."""

from collections.abc import Collection, Sequence

import numpy as np


def one_choice(gold: Sequence[str | Collection[str]], labels: Sequence[str]) -> bool:
    """Tell whether one label is right for each text, or word, and not any number of them."""
    return bool(labels and labels[0] == "O") or all(isinstance(answer, str) for answer in gold)


def indicators(gold: str | Collection[str], rows: int, labels: Sequence[str]) -> np.ndarray:
    """Write what is right of one example as 1 among 0, (rows, labels): of a text one row, or one of each word.

    A label that a model cannot give has no 1.
    """
    number = {label: column for column, label in enumerate(labels)}
    right = np.zeros((rows, len(labels)))
    answers = [[gold]] if isinstance(gold, str) else [[tag] for tag in gold] if labels[0] == "O" else [gold]
    for row, given in enumerate(answers):
        for label in given:
            if label in number:
                right[row, number[label]] = 1
    return right


def read_rows(scores: np.ndarray) -> np.ndarray:
    """Tell which rows count, (rows,): a word that was not read has zeros."""
    return np.asarray(scores.any(axis=1))
