"""The dictionary for labels: the answer of the most similar training text."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from alambic.tasks.examples import Answer, Example
from alambic.tasks.words import fold

TEXTS_AT_ONCE = 256  # bounds the dense block of similarities: 256 x 40,000 x 8 bytes = 82 MB


class NearestLabel:
    """Answer as the training text with the highest cosine of TF-IDF of folded character trigrams."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), preprocessor=fold, dtype=np.float32)
        self.vectors = self.vectorizer.fit_transform([example.text for example in examples]).T.tocsc()
        self.answers = [example.gold for example in examples]

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Give the nearest text's answer; the first of equals."""
        answers: list[Answer] = []
        for start in range(0, len(examples), TEXTS_AT_ONCE):
            texts = [example.text for example in examples[start : start + TEXTS_AT_ONCE]]
            similarities = (self.vectorizer.transform(texts) @ self.vectors).toarray()
            answers += [self.answers[index] for index in similarities.argmax(axis=1)]
        return answers


def fit(examples: Sequence[Example]) -> NearestLabel:
    """Learn from training examples with labels."""
    return NearestLabel(examples)
