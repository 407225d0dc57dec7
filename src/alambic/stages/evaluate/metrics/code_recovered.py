"""The share of written wordings from which the code of ICD-10 is found again: looked up among all full labels.

A text that is a label, but for capitals, accents and signs, has its code or codes; another one those of the label that
it is most like, by the matching of the baseline `icd10_matching`. Right is the code of the example; where two codes
share their label, either.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from alambic.errors import UserError
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.baselines.icd10_matching import Icd10Matching
from alambic.tasks.words import fold

READS = "sources"
HEADS = ("text_generation",)
NEEDS = ("labels",)

WORD = re.compile(r"\w+")


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Look texts up; counts are (recovered, 1). UserError where an example has no code."""
    codes = [example.attributes.get("code", "") for example in sources.examples]
    if missing := [
        example.id for example, code in zip(sources.examples, codes, strict=True) if code not in sources.label_texts
    ]:
        raise UserError(
            f"code_recovered: {len(missing)} of {len(codes)} texts have no code of the classification "
            f"({', '.join(missing[:3])}): it scores the dataset normalised_wordings"
        )
    lookup = _lookup(tuple((code, texts[0]) for code, texts in sources.label_texts.items()))
    right = np.array([code in found for code, found in zip(codes, lookup.codes(predicted), strict=True)], np.float64)
    counts = np.stack([right, np.ones(len(right))], axis=1)
    return Score(float(right.mean()) if len(right) else 0.0, "code_recovered|lookup=label,icd10_matching", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


class Lookup:
    """Finds the codes of full labels."""

    def __init__(self, labels: Sequence[tuple[str, str]]) -> None:
        self.matching = Icd10Matching([], {code: (label,) for code, label in labels})
        self.exact: defaultdict[str, set[str]] = defaultdict(set)
        for code, label in labels:
            self.exact[_plain(label)].add(code)

    def codes(self, texts: Sequence[str]) -> list[set[str]]:
        """Give the codes of each text; several where one label has several, none or several where it is no label."""
        unknown = [text for text in dict.fromkeys(texts) if _plain(text) not in self.exact]
        matched = {text: match.codes for text, match in zip(unknown, self.matching.match(unknown), strict=True)}
        return [self._found(text, matched) for text in texts]

    def _found(self, text: str, matched: Mapping[str, tuple[str, ...]]) -> set[str]:
        if text not in matched:
            return self.exact[_plain(text)]
        codes = matched[text]
        return {*codes} if len(codes) == 1 else set()


@lru_cache(maxsize=1)  # the same for every seed and test set
def _lookup(labels: tuple[tuple[str, str], ...]) -> Lookup:
    return Lookup(labels)


def _plain(text: str) -> str:
    return " ".join(WORD.findall(fold(text)))
