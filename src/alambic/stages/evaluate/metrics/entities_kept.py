"""Of the drugs and diseases that the text read names, the share that the text written names too.

Each counts once in a text, under whatever names of the same drug. A short summary keeps few: compare systems
with each other and with the reference, not with 1.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.datasets._entity_names import EntityNames, reduced_words

READS = "sources"
HEADS = ("text_generation",)
NEEDS = ("drugs", "diseases")

SIGNATURE = "entities_kept|names=lists|distinct_in_text"


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare names; counts are (kept, names in what was read)."""
    names, counts = EntityNames.of(sources.label_texts), np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        read, written = names.distinct(names.in_text(example.text)), reduced_words(text)
        counts[row] = sum(names.is_named(name, written) for name in read), len(read)
    return Score(float(combine(counts.sum(axis=0))), SIGNATURE, counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
