"""Plausibility: whether the words that people or dictionaries marked come first, by the average precision of the order.

Marked are the words of the right entity that the answer touches, those of what the right label says, or, where labels
say nothing, those that speak for it in the training texts. Without any there is no number.
"""

import numpy as np
from sklearn.metrics import average_precision_score

from alambic.stages.explain.known_words import KnownWords, touched_entity
from alambic.stages.explain.subject import Subject

BETTER = "higher"
JUDGES = "plausibility"
STRONG = 0.2  # how much more frequent a label is in training texts with a word that is taken for marked


def measure(subject: Subject, seed: int) -> list[float]:
    """Give it for each explanation, from 0 to 1."""
    known, found = KnownWords.of(subject.explained.data), []
    for case, values in zip(subject.cases, subject.values, strict=True):
        marked = touched_entity(case)
        marked = known.values(case) > STRONG if marked is None else marked
        exists = marked.any() and not marked.all()
        found.append(float(average_precision_score(marked, values)) if exists else float(np.nan))
    return found
