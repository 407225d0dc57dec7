"""Of the numbers that the text written holds, the share that the text read does not.

Each counts once in a text. 1 500 is 1500, or 1 and 500, as "chambre 12 300 mg" is read; 1,5 is 1.5; "vingt-deux" is 22,
up to 999, and round thousands. A sign is not read, as in "10-20 mg": -2 is 2. Numbers that are a part of a word, such
as B12, and "un", which is an article as well, are not looked for.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.words import fold, longest_matches

READS = "sources"
BETTER = "lower"
HEADS = ("text_generation",)

NUMBER = re.compile(r"(?<![^\W\d_])(?<!\d)(?:\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?")
SPACE = re.compile(r"[ \u00a0\u202f\u2009]")
TERM = re.compile(r"\w+(?:-\w+)*|[^\w\s]")
ONE = re.compile(r"(?<![\w-])une?(?![\w-])")
UNITS = tuple(
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split(" ")  # noqa: SIM905
)
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre vingt"}


def _in_words() -> dict[tuple[str, ...], str]:
    """Give the words of numbers from 2 on, without hyphens: ("vingt", "et", "un") -> "21"."""
    words = dict(enumerate(UNITS, 1)) | {10 + unit: f"dix {UNITS[unit - 1]}" for unit in (7, 8, 9)} | TENS
    for ten in TENS:
        for unit in range(1, 20 if ten in (60, 80) else 10):
            joined = " et " if unit in (1, 11) and ten != 80 else " "
            words[ten + unit] = f"{TENS[ten]}{joined}{words[unit]}"
    below = {**words}
    for hundred in range(1, 10):
        cent = "cent" if hundred == 1 else f"{UNITS[hundred - 1]} cent"
        words |= {100 * hundred: cent} | {100 * hundred + number: f"{cent} {text}" for number, text in below.items()}
    found = {tuple(text.split()): str(number) for number, text in words.items() if number > 1}
    found |= {(*text, "mille"): f"{number}000" for text, number in found.items()} | {("mille",): "1000"}
    plural = {"cent": "cents", "vingt": "vingts"}
    return found | {(*text[:-1], plural[text[-1]]): n for text, n in found.items() if text[-1] in plural and text[1:]}


IN_WORDS = _in_words()
LONGEST = max(map(len, IN_WORDS))
PARTS = {word for text in IN_WORDS for word in text}


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare numbers; counts are (invented, numbers in what was written)."""
    counts = np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        source, written = _readings(example.text), _readings(text)
        read = {*source}.union(*source.values()) | ({"1"} if ONE.search(fold(example.text)) else set())
        counts[row] = sum(number not in read and not parts <= read for number, parts in written.items()), len(written)
    return Score(float(combine(counts.sum(axis=0))), "numbers_invented|distinct_in_text|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def numbers_in(text: str) -> set[str]:
    """Give the numbers of a text, each in one form: "12 500 UI, 0,50 g, deux fois" -> {"12500", "0.5", "2"}."""
    return {*_readings(text)}


def _readings(text: str) -> dict[str, set[str]]:
    """Give each number with those that it is made of, where its groups are read apart: "12 500" -> 12500: 12, 500."""
    numbers = NUMBER.findall(text)
    found = {_plain(SPACE.sub("", number)): {*map(_plain, SPACE.split(number))} for number in numbers}
    return {**{number: {number} for number in _written_out(fold(text))}, **found}


def _written_out(folded: str) -> Iterator[str]:
    terms: list[str] = []
    for term in TERM.findall(folded):
        parts = term.split("-")
        terms += parts if PARTS.issuperset(parts) else [term]  # "dix-huitième" is no ten
    yield from (number for _, _, number in longest_matches(terms, IN_WORDS, longest=LONGEST))


def _plain(number: str) -> str:
    whole, point, part = number.replace(",", ".").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if point and part else "")
