"""How far written exercises are from those that were learnt from: 1 less the likeness to the nearest one, a mean.

The likeness is the cosine of character trigrams of the question and its right answers, weighted by tf-idf over the
training exercises: 0 for an exercise that was copied. Lines that are no exercise do not count.
"""

from collections.abc import Sequence

import numpy as np
import sklearn

from alambic.stages.evaluate.metrics._exercises import asked, of_some, written
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.exercises.checks import nearest_similarity

READS = "sources"
HEADS = ("text_generation",)


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare with the training exercises; counts are (1 - likeness, 1)."""
    exercises = written(predicted)
    known = [asked(each) for each in written([str(example.gold) for example in sources.learnt]) if each is not None]
    texts = [asked(each) for each in exercises if each is not None]
    distances = iter((1 - nearest_similarity(texts, known)).tolist())
    counts = of_some([next(distances) if each is not None else None for each in exercises])
    signature = f"exercise_novelty|sklearn:{sklearn.__version__}|trigrams=char_wb|tfidf=training|of=valid"
    return Score(float(combine(counts.sum(axis=0))), signature, counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
