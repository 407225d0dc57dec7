"""How near a text is to what was learnt: the cosine similarity of character trigrams to the nearest training text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from alambic.tasks.examples import Example, TaskData
from alambic.tasks.words import fold

AT_ONCE = 256  # texts, against all training texts


class NearestWordings:
    """Training texts, by which how new another text is can be told; capitals and accents do not count."""

    def __init__(self, training: Sequence[str]) -> None:
        self.wordings = sorted({fold(text) for text in training})
        self.places = {wording: place for place, wording in enumerate(self.wordings) if wording.strip()}
        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
        self.known = self.vectorizer.fit_transform(self.wordings).T.tocsr()

    def similarity(self, texts: Sequence[str]) -> np.ndarray:
        """Give, of each text, the similarity to the nearest training text, 0 to 1: (texts,)."""
        folded = [fold(text) for text in texts]
        distinct = sorted({text for text in folded if text not in self.places})
        vectors: Any = self.vectorizer.transform(distinct) if distinct else None
        parts = [
            (vectors[start : start + AT_ONCE] @ self.known).max(axis=1).toarray().ravel()
            for start in range(0, len(distinct), AT_ONCE)
        ]
        similar = dict(zip(distinct, np.concatenate(parts) if parts else [], strict=True))
        return np.array([min(float(similar.get(text, 1.0)), 1.0) for text in folded])

    def most_alike(self, texts: Sequence[str], *, number: int) -> list[list[tuple[str, float]]]:
        """Give, of each text, the folded training texts that are most like it, with their similarities."""
        found = []
        for start in range(0, len(texts), AT_ONCE):
            rows = (
                self.vectorizer.transform([fold(text) for text in texts[start : start + AT_ONCE]]) @ self.known
            ).tocsr()
            for first, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
                places, values = rows.indices[first:end], rows.data[first:end]
                best = np.lexsort((places, -values))[:number]
                pairs = zip(places[best].tolist(), values[best].tolist(), strict=True)
                found.append([(self.wordings[place], min(value, 1.0)) for place, value in pairs])
        return found


def wordings_of(data: TaskData) -> NearestWordings | None:
    """Learn the training wordings of a task; None where there are none, as of images."""
    texts = [whole_text(example) for example in data.train]
    return NearestWordings(texts) if any(text.strip() for text in texts) else None


def whole_text(example: Example) -> str:
    """Give the text of an example, or both of its texts."""
    return f"{example.text}\n{example.second}" if example.second else example.text
