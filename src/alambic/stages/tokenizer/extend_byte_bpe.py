"""Byte-level BPE (GPT-2, RoBERTa, Llama 3, Qwen, SmolLM2): its letters stand for bytes; merges stay within words."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tokenizers.pre_tokenizers import ByteLevel

from alambic.stages.tokenizer.base import Base, LearntPiece, count_words
from alambic.stages.tokenizer.merges import best_ids, extend, learn_merges, pieces, rebuild, with_dependencies

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
    """Learn up to `limit` merges of letters of the alphabet."""
    return learn_merges(
        base, words, limit=limit, minimum_count=minimum_count, allowed=lambda piece: _is_word(_spelt(piece))
    )


def readable(content: dict[str, Any]) -> list[str]:
    """List by id what each piece spells, a space as ▁; half a character stays in bytes."""
    return [piece if len(piece) == 1 else _spelt(piece) or piece for piece in pieces(content)]


def spelling_ids(content: dict[str, Any]) -> set[int]:
    """Return the ids of the bytes, which spell everything."""
    return {number for number, piece in enumerate(pieces(content)) if piece in BYTES}


def fallback_pieces(base: Base) -> list[LearntPiece]:
    """Return the pieces that spelling everything lacks: none."""
    return []


def _bytes_of() -> dict[str, int]:
    """Map the letters with which byte-level models write bytes (GPT-2's table) back to the bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    table = {chr(byte): byte for byte in plain} | {chr(256 + index): byte for index, byte in enumerate(others)}
    assert table.keys() == set(ByteLevel.alphabet())
    return table


BYTES = _bytes_of()


def _spelt(piece: str) -> str:
    """Return what a piece spells, a space as ▁; nothing when it ends within a character or is no bytes at all."""
    try:
        return bytes(BYTES[letter] for letter in piece).decode().replace(" ", "▁")
    except (KeyError, UnicodeDecodeError):
        return ""


def _is_word(spelt: str) -> bool:
    return spelt.removeprefix("▁").isalpha()
