"""Let a Unigram tokenizer spell what it has no piece for in bytes, as SentencePiece's `byte_fallback` does.

Thousands of a multilingual base's pieces are single letters of other scripts. With 256 bytes they can go, and nothing
is unknown: any text comes back.
"""

import re
from typing import Any

from alambic.stages.tokenizer.base import LearntPiece

BYTE = re.compile("<0x[0-9A-F]{2}>")
# Below the worst piece, so that a text which spells "<0x41>" is not read as a byte.
FARTHER = 1000.0


def byte_pieces(unknown: int) -> list[LearntPiece]:
    """Return a piece for each byte; they stand for what was unknown, and start from there."""
    return [LearntPiece(f"<0x{byte:02X}>", (unknown,)) for byte in range(256)]


def spell_by_bytes(content: dict[str, Any], lowest: float) -> float:
    """Switch the bytes of a Unigram tokenizer.json on; return the score that they get."""
    content["model"]["byte_fallback"] = True
    content["decoder"] = {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, content["decoder"]]}
    return lowest - FARTHER
