"""Add pieces to a WordPiece tokenizer, which always takes the longest piece that matches.

So a new piece may cut through a word that merely begins like it, which no choice of scores prevents. What it saves is
counted with these words, and a piece that would cut a word of general French otherwise than by joining is not taken.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from alambic.stages.tokenizer.base import Base, LearntPiece, count_words
from alambic.stages.tokenizer.general_french import KEPT, sentences
from alambic.stages.tokenizer.longest_match import LongestMatch, Vocabulary
from alambic.stages.tokenizer.merges import best_ids, pieces
from alambic.stages.tokenizer.select import select_pieces

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


def count(base: Base, texts: Iterable[str]) -> Counter[str]:
    """Count the words of `texts`, as the tokenizer splits them."""
    return count_words(base.backend, texts)


def learn(base: Base, words: Counter[str], *, limit: int, minimum_count: int) -> list[LearntPiece]:
    """Choose up to `limit` pieces of letters that shorten `words` most."""
    vocabulary = Vocabulary.of(base.content)
    base_pieces = set(vocabulary.pieces)
    general = sorted(count(base, sentences(KEPT)))
    candidates = LongestMatch(sorted(words.items()), vocabulary, general, minimum_count=minimum_count)
    chosen = select_pieces(candidates, lambda piece: [], limit=limit, minimum_count=minimum_count)
    ids = base.content["model"]["vocab"]
    cut = Vocabulary(base_pieces, vocabulary.prefix, vocabulary.longest).cut
    return [LearntPiece(piece, tuple(ids[part] for part in cut(piece) or [])) for piece in chosen]


def extend(content: dict[str, Any], learnt: list[LearntPiece]) -> None:
    """Append the pieces to the model in a tokenizer.json."""
    vocabulary = content["model"]["vocab"]
    for new in learnt:
        vocabulary[new.piece] = len(vocabulary)


def readable(content: dict[str, Any]) -> list[str]:
    """List by id what each piece spells, the beginning of a word as ▁; single characters alone."""
    prefix = content["model"]["continuing_subword_prefix"]
    names = pieces(content)
    return [p.removeprefix(prefix) if p.startswith(prefix) or len(p) == 1 else f"▁{p}" for p in names]


def spelling_ids(content: dict[str, Any]) -> set[int]:
    """Return the ids of all single characters: there are no bytes to spell the rare ones."""
    return {number for number, spelt in enumerate(readable(content)) if len(spelt) == 1}


def fallback_pieces(base: Base) -> list[LearntPiece]:
    """Return the pieces that spelling everything lacks: none that its base has not lacked."""
    return []


def with_dependencies(content: dict[str, Any], ids: set[int]) -> set[int]:
    """Return the ids without which `ids` would not be reached: a WordPiece needs no other."""
    return ids


def rebuild(content: dict[str, Any], order: list[int]) -> None:
    """Keep the pieces of `order`, which become 0, 1, 2..."""
    names = pieces(content)
    content["model"]["vocab"] = {names[number]: index for index, number in enumerate(order)}
