"""ROUGE of texts, by rouge-score, with words as French has them."""

import re
import unicodedata
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from alambic.stages.evaluate.metrics._score import Score

WORD = re.compile(r"\w+")


class FrenchWords:
    """Cuts a text into words in lower case that keep their accents: "L'été" -> ["l", "été"].

    The library's own takes an accented letter for the end of a word, and its stemmer is for English: none is used.
    """

    def tokenize(self, text: str) -> list[str]:
        """Give the words."""
        return WORD.findall(unicodedata.normalize("NFC", text).lower())


def mean_rouge(name: str, kind: str, gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare texts by `kind` (rouge1, rouge2, rougeL); counts are (F of the text, 1). An empty text has 0."""
    scorer = RougeScorer([kind], use_stemmer=False, tokenizer=FrenchWords())
    values = [scorer.score(right, text)[kind].fmeasure for right, text in zip(gold, predicted, strict=True)]
    counts = np.stack([np.array(values, np.float64), np.ones(len(values))], axis=1)
    signature = f"{name}|rouge-score:{version('rouge-score')}|f|words=lower_case,accents|stemmer=none|mean_of_texts"
    return Score(float(np.mean(values)) if values else 0.0, signature, counts)
