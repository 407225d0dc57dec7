"""The share of written texts that name a drug of which the text read says nothing: worse than no summary.

Another name of the same drug is not invented. A text without words counts as one that invents nothing.
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

SIGNATURE = "drugs_invented|names=lists|share_of_texts|better=lower"


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare names of drugs; counts are (a drug is invented, 1)."""
    names, counts = EntityNames.of(sources.label_texts), np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        read, written = reduced_words(example.text), names.in_text(text)
        counts[row] = any(names.is_drug(name) and not names.is_named(name, read) for name in written), 1
    return Score(float(combine(counts.sum(axis=0))), SIGNATURE, counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
