"""chrF of texts, by sacrebleu."""

from collections.abc import Sequence

import numpy as np
import sacrebleu
from sacrebleu.metrics.chrf import CHRF

from alambic.stages.evaluate.metrics._score import Score


def mean_chrf(name: str, gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare texts; counts are (chrF of the text, 1).

    What is reported is the mean over texts, from 0 to 1, so that a resample is a sum: sacrebleu's corpus chrF, of
    which long texts are a larger part, is another number.
    """
    metric = CHRF()
    values = [metric.sentence_score(text, [right]).score / 100 for right, text in zip(gold, predicted, strict=True)]
    counts = np.stack([np.array(values, np.float64), np.ones(len(values))], axis=1)
    signature = f"{name}|sacrebleu:{sacrebleu.__version__}|chrF2|characters:6|words:0|mean_of_texts"
    return Score(float(np.mean(values)) if values else 0.0, signature, counts)
