"""How near a text is to what was learnt: the cosine similarity of character trigrams to the nearest training text."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from alambic.tasks.words import fold

AT_ONCE = 256  # texts, against all training texts


class NearestWordings:
    """Training texts, by which how new another text is can be told; capitals and accents do not count."""

    def __init__(self, training: Sequence[str]) -> None:
        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
        self.known = self.vectorizer.fit_transform(sorted({fold(text) for text in training})).T.tocsr()

    def similarity(self, texts: Sequence[str]) -> np.ndarray:
        """Give, of each text, the similarity to the nearest training text, 0 to 1: (texts,)."""
        folded = [fold(text) for text in texts]
        distinct = sorted(set(folded))
        vectors = self.vectorizer.transform(distinct)
        parts = [
            (vectors[start : start + AT_ONCE] @ self.known).max(axis=1).toarray().ravel()
            for start in range(0, len(distinct), AT_ONCE)
        ]
        similar = dict(zip(distinct, np.concatenate(parts) if parts else [], strict=True))
        return np.array([min(float(similar[text]), 1.0) for text in folded])
