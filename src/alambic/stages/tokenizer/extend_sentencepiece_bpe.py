"""SentencePiece BPE (Llama 2, Mistral, Gemma): letters are characters, a space is ▁, and bytes spell what is rare.

Most of these split no words before they merge, so that a merge might take several words at once: only pieces within a
word are learnt. No old piece of letters crosses a space, so that a word is cut alone as it is cut within a text.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from alambic.stages.tokenizer.base import Base, LearntPiece, count_words
from alambic.stages.tokenizer.byte_fallback import BYTE
from alambic.stages.tokenizer.merges import best_ids, extend, learn_merges, pieces, rebuild, with_dependencies
from alambic.stages.tokenizer.trim import essential_ids

__all__ = [
    "best_ids",
    "count",
    "extend",
    "fallback_pieces",
    "learn",
    "pieces",
    "readable",
    "rebuild",
    "spelling_ids",
    "with_dependencies",
]

WORD = re.compile("▁?[^▁\\s]+")


def count(base: Base, texts: Iterable[str]) -> Counter[str]:
    """Count the words of `texts` with the space before them."""
    words: Counter[str] = Counter()
    for whole, times in count_words(base.backend, texts).items():
        for word in WORD.findall(whole.replace(" ", "▁")):
            words[word] += times
    return words


def learn(base: Base, words: Counter[str], *, limit: int, minimum_count: int) -> list[LearntPiece]:
    """Learn up to `limit` merges of letters of the alphabet."""
    return learn_merges(
        base,
        words,
        limit=limit,
        minimum_count=minimum_count,
        allowed=lambda piece: piece.removeprefix("▁").isalpha(),
    )


def readable(content: dict[str, Any]) -> list[str]:
    """List by id what each piece spells, a space as ▁."""
    return pieces(content)


def spelling_ids(content: dict[str, Any]) -> set[int]:
    """Return the ids of the bytes, which spell everything, and of the characters of Western scripts."""
    names = pieces(content)
    bytes_ = {number for number, piece in enumerate(names) if BYTE.fullmatch(piece)}
    return bytes_ | (essential_ids(names) if bytes_ else {n for n, piece in enumerate(names) if len(piece) == 1})


def fallback_pieces(base: Base) -> list[LearntPiece]:
    """Return the pieces that spelling everything lacks: none that its base has not lacked."""
    return []
