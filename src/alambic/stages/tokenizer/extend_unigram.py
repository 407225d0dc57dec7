"""Add pieces to a Unigram tokenizer so that its segmentation uses them, and keeps everything else.

A piece gets the score of its best cut by the base, plus a bonus for each unit that it saves. With a small bonus, the
best segmentation is the base's own one, with neighbours joined where a piece stands: no new piece ever cuts through
another word's best cut, and what does not contain a piece is cut as before (Kudo, 2018, for the model itself).
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from alambic.stages.tokenizer.base import Base, LearntPiece, count_words
from alambic.stages.tokenizer.byte_fallback import BYTE, byte_pieces, spell_by_bytes
from alambic.stages.tokenizer.select import Cuts, select_pieces
from alambic.stages.tokenizer.trim import essential_ids

BONUS = 0.01  # nats a unit: breaks ties between equal cuts, and nothing else
SPACE = "▁"


def count(base: Base, texts: Iterable[str]) -> Counter[str]:
    """Count the words of `texts`, as the tokenizer splits them."""
    return count_words(base.backend, texts)


def learn(base: Base, words: Counter[str], *, limit: int, minimum_count: int) -> list[LearntPiece]:
    """Choose up to `limit` pieces of letters that shorten `words` most."""
    model = base.backend.model
    vocabulary = {piece for piece, _ in base.content["model"]["vocab"]}

    def cut(word: str) -> list[str]:
        return [token.value for token in model.tokenize(word)]

    def allowed(piece: str) -> bool:
        return piece.removeprefix(SPACE).isalpha() and piece not in vocabulary

    cuts = Cuts([(cut(word), count) for word, count in sorted(words.items())], allowed)
    pieces = select_pieces(cuts, cut, limit=limit, minimum_count=minimum_count)
    return [LearntPiece(piece, tuple(token.id for token in model.tokenize(piece))) for piece in pieces]


def extend(content: dict[str, Any], learnt: list[LearntPiece]) -> None:
    """Append the pieces to the model in a tokenizer.json."""
    vocabulary = content["model"]["vocab"]
    scores = [score for _, score in vocabulary]
    bytes_ = [new for new in learnt if BYTE.fullmatch(new.piece)]
    for new in (new for new in learnt if new not in bytes_):
        score = sum(scores[number] for number in new.old_ids) + BONUS * (len(new.old_ids) - 1)
        vocabulary.append([new.piece, score])
    if bytes_:
        farther = spell_by_bytes(content, min(scores))
        vocabulary += [[new.piece, farther] for new in bytes_]


def pieces(content: dict[str, Any]) -> list[str]:
    """List the pieces by id."""
    return [piece for piece, _ in content["model"]["vocab"]]


def readable(content: dict[str, Any]) -> list[str]:
    """List by id what each piece spells, a space as ▁."""
    return pieces(content)


def spelling_ids(content: dict[str, Any]) -> set[int]:
    """Return the ids of the characters of Western scripts, and of the bytes where the base has them."""
    names = pieces(content)
    return essential_ids(names) | {number for number, piece in enumerate(names) if BYTE.fullmatch(piece)}


def fallback_pieces(base: Base) -> list[LearntPiece]:
    """Return the bytes, with which everything can be spelt, where the base has none."""
    model = base.content["model"]
    return [] if model["byte_fallback"] or model["unk_id"] is None else byte_pieces(model["unk_id"])


def best_ids(content: dict[str, Any]) -> list[int]:
    """List the ids from the most to the least probable."""
    scores = [score for _, score in content["model"]["vocab"]]
    return sorted(range(len(scores)), key=lambda number: (-scores[number], number))


def with_dependencies(content: dict[str, Any], ids: set[int]) -> set[int]:
    """Return the ids without which `ids` would not be reached: a Unigram piece needs no other."""
    return ids


def rebuild(content: dict[str, Any], order: list[int]) -> None:
    """Keep the pieces of `order`, which become 0, 1, 2..."""
    model = content["model"]
    if model["unk_id"] is not None:
        model["unk_id"] = order.index(model["unk_id"])
    model["vocab"] = [model["vocab"][number] for number in order]
