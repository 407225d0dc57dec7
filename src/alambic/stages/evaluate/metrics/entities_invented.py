"""Of the drugs and diseases that the text written names, the share that the text read does not.

Each counts once in a text, a drug under all its names. A name within a longer one of the text read is not invented, nor
is another name of the same drug; one that is more precise than the text read is.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.datasets._entity_names import EntityNames, reduced_words

READS = "sources"
BETTER = "lower"
HEADS = ("text_generation",)
NEEDS = ("drugs", "diseases")

SIGNATURE = "entities_invented|names=lists|distinct_in_text|better=lower"


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare names; counts are (invented, names in what was written)."""
    names, counts = EntityNames.of(sources.label_texts), np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        read, written = reduced_words(example.text), names.distinct(names.in_text(text))
        counts[row] = sum(not names.is_named(name, read) for name in written), len(written)
    return Score(float(combine(counts.sum(axis=0))), SIGNATURE, counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
