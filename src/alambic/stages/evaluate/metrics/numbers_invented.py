"""Of the numbers that the text written holds, the share that the text read does not.

Each counts once in a text. 1 500 is 1500 and 1,5 is 1.5; "deux" is 2. Numbers that are a part of a word, such as B12,
and "un", which is an article as well, are not looked for.
"""

import re
from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.words import fold

READS = "sources"
BETTER = "lower"
HEADS = ("text_generation",)

GROUPED = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009](?=\d{3}(?!\d))")
NUMBER = re.compile(r"(?<![^\W\d_])(?<!\d)\d+(?:[.,]\d+)?")
ALTERNATIVES = "deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize"
WORDS = {word: str(number) for number, word in enumerate(ALTERNATIVES.split("|"), 2)}
WRITTEN = re.compile(rf"(?<![\w-])(?:{ALTERNATIVES})(?![\w-])")
ONE = re.compile(r"(?<![\w-])une?(?![\w-])")


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare numbers; counts are (invented, numbers in what was written)."""
    counts = np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        read, written = numbers_in(example.text), numbers_in(text)
        read |= {"1"} if ONE.search(fold(example.text)) else set()
        counts[row] = len(written - read), len(written)
    return Score(float(combine(counts.sum(axis=0))), "numbers_invented|distinct_in_text|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def numbers_in(text: str) -> set[str]:
    """Give the numbers of a text, each in one form: "12 500 UI, 0,50 g, deux fois" -> {"12500", "0.5", "2"}."""
    numbers = {_plain(number) for number in NUMBER.findall(GROUPED.sub("", text))}
    return numbers | {WORDS[word] for word in WRITTEN.findall(fold(text))}


def _plain(number: str) -> str:
    whole, point, part = number.replace(",", ".").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if point and part else "")
