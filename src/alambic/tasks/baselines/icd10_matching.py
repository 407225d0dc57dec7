"""The dictionary for codes of certificates: known wordings, and what is most like one of them; no model.

Known are the lines of training, with their codes, and the labels of the classification, full and abbreviated. A line is
looked up whole, its abbreviations written out, also with its words in another order, as in an index; or else piece by
piece, where it names several causes. What is not known is compared with the 50 wordings that share most character
trigrams (TF-IDF), by the ratio of equal characters (`rapidfuzz.fuzz.ratio`). Equal lines are worked out once. Each
answer has a confidence from 0 to 1: the likeness of the worst piece, times the share of its wording's cases in
training that had these codes.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from alambic.tasks.certificates.wording_keys import WordingKeys, pieces
from alambic.tasks.examples import Answer, Example

READS_LABEL_TEXTS = True
GIVES_CONFIDENCE = True
CANDIDATES = 50
TEXTS_AT_ONCE = 256  # bounds the dense block of similarities: 256 x 60,000 x 4 bytes = 61 MB
LEAST = 60.0  # a ratio below tells nothing
OF_TABLE = 0.5  # what a label of the table weighs beside one line of training
PIECES_JOINED = 4  # a wording may stretch over that many, as commas and "et" stand within wordings too


@dataclass(frozen=True)
class Matched:
    """The codes of a wording, and how sure they are, from 0 to 1."""

    codes: tuple[str, ...]
    confidence: float


NOTHING = Matched((), 0.0)


class Icd10Matching:
    """Gives the codes of the known wordings that a line is, or is most like."""

    def __init__(self, examples: Sequence[Example], label_texts: Mapping[str, tuple[str, ...]]) -> None:
        self.keys = WordingKeys(label_texts)
        counts: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for example in examples:
            codes = (example.gold,) if isinstance(example.gold, str) else example.gold
            counts[self.keys.key(example.text)][codes] += 1
        for code, texts in label_texts.items():
            for text in texts:
                counts[self.keys.key(text)][(code,)] += OF_TABLE  # type: ignore[assignment]
        counts.pop("", None)
        self.known = {key: _commonest(codes) for key, codes in counts.items()}
        self.bags: dict[str, Matched] = {}
        for key, matched in self.known.items():
            bag = self.keys.bag(key)
            if bag and matched.confidence >= self.bags.get(bag, NOTHING).confidence:
                self.bags[bag] = matched
        self.wordings = list(self.known)
        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
        self.vectors = self.vectorizer.fit_transform(self.wordings).T.tocsc() if self.wordings else None

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Give the codes of each line, none where nothing is like it."""
        return [matched.codes for matched in self.match([example.text for example in examples])]

    def predict_sure(self, examples: Sequence[Example]) -> list[tuple[Answer, float]]:
        """Give the codes of each line, and how sure they are."""
        return [(matched.codes, matched.confidence) for matched in self.match([example.text for example in examples])]

    def match(self, texts: Sequence[str]) -> list[Matched]:
        """Give the codes of each text, and how sure they are."""
        distinct = list(dict.fromkeys(texts))
        found = {text: self._exact(self.keys.key(text)) for text in distinct}
        left = [text for text in distinct if found[text] is None]
        split = {text: self._segments(text) for text in left}
        unknown = {key for text in left for key in (self.keys.key(text), *(k for k, m in split[text] if m is None))}
        alike = self._most_alike(sorted(unknown))
        for text in left:
            whole = alike[self.keys.key(text)]
            parts = [matched or alike[key] for key, matched in split[text]]
            found[text] = _joined(parts) if _mean(parts) > whole.confidence else whole
        return [found[text] or NOTHING for text in texts]

    def _exact(self, key: str) -> Matched | None:
        """Look a key up, as it is or with its words in another order."""
        return self.known.get(key) or self.bags.get(self.keys.bag(key))

    def _segments(self, text: str) -> list[tuple[str, Matched | None]]:
        """Take the longest known runs of pieces of a line, from left to right, and the pieces between them."""
        segments: list[tuple[str, Matched | None]] = []
        parts, place = pieces(text), 0
        while place < len(parts):
            for size in range(min(PIECES_JOINED, len(parts) - place), 0, -1):
                key = self.keys.key(" ".join(parts[place : place + size]))
                if matched := self._exact(key):
                    segments.append((key, matched))
                    break
            else:
                size = 1
                if key := self.keys.key(parts[place]):
                    segments.append((key, None))
            place += size
        return segments

    def _most_alike(self, keys: Sequence[str]) -> dict[str, Matched]:
        """Compare unknown keys with the wordings that share most trigrams with each."""
        found: dict[str, Matched] = dict.fromkeys(keys, NOTHING)
        if self.vectors is None:
            return found
        for start in range(0, len(keys), TEXTS_AT_ONCE):
            some = keys[start : start + TEXTS_AT_ONCE]
            similarities = (self.vectorizer.transform(some) @ self.vectors).toarray()
            most = min(CANDIDATES, similarities.shape[1])
            nearest = np.argpartition(-similarities, most - 1, axis=1)[:, :most]
            for key, row in zip(some, np.sort(nearest, axis=1), strict=True):
                wordings = [self.wordings[number] for number in row]
                best = process.extractOne(key, wordings, scorer=fuzz.ratio, score_cutoff=LEAST)
                if best is not None:
                    matched = self.known[best[0]]
                    found[key] = Matched(matched.codes, matched.confidence * best[1] / 100)
        return found


def _commonest(codes: Counter[tuple[str, ...]]) -> Matched:
    """Give the codes that a wording most often had, and their share; of equals the first in order."""
    best = min(codes, key=lambda each: (-codes[each], each))
    return Matched(best, codes[best] / sum(codes.values()))


def _mean(parts: Sequence[Matched]) -> float:
    return sum(part.confidence for part in parts) / len(parts) if parts else 0.0


def _joined(parts: Sequence[Matched]) -> Matched:
    """Put the codes of all pieces in their order, each once; what has no codes makes the answer unsure."""
    codes = dict.fromkeys(code for part in parts for code in part.codes)
    return Matched(tuple(codes), min(part.confidence for part in parts))


def fit(examples: Sequence[Example], label_texts: Mapping[str, tuple[str, ...]]) -> Icd10Matching:
    """Learn from training lines with their codes, and from what codes stand for."""
    return Icd10Matching(examples, label_texts)
