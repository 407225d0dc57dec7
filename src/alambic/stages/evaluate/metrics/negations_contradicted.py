"""Of the drugs and diseases that both texts name, the share that one only denies and the other only affirms.

"Pas de fièvre" read, and "fièvre" written. What is denied is told by a rule (`tasks/negation.py`), the same for both
texts. Names of one drug are one. A name that a text both denies and affirms contradicts nothing.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.datasets._entity_names import EntityNames

READS = "sources"
BETTER = "lower"
HEADS = ("text_generation",)
NEEDS = ("drugs", "diseases")


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare what is denied; counts are (contradicted, names that both texts have)."""
    names, counts = EntityNames.of(sources.label_texts), np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        read, written = names.polarities(example.text), names.polarities(text)
        pairs = [(names.polarity(name, read), names.polarity(name, written)) for name in names.distinct(read)]
        both = [(ours, theirs) for ours, theirs in pairs if theirs]
        counts[row] = sum(not ours & theirs for ours, theirs in both), len(both)
    value = float(combine(counts.sum(axis=0)))
    return Score(value, "negations_contradicted|names=lists|negation=rule|distinct_in_text|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
