"""Rows of two texts that a model reads at once, with the words of both."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from alambic.models.library_errors import reading_named
from alambic.models.text_tokens import COMMON_OPTIONS, composed, tokenize_pairs
from alambic.models.word_tokens import WordTokens
from alambic.stages.explain.case import Row, WordPlaces
from alambic.tasks.words import word_offsets


def joined(texts: Sequence[str]) -> tuple[str, WordPlaces]:
    """Put texts on lines of their own, with the places of all words."""
    words: list[tuple[int, int]] = []
    begin = 0
    for text in texts:
        words += [(begin + start, begin + end) for start, end in word_offsets(text)]
        begin += len(text) + 1
    return "\n".join(texts), tuple(words)


def pair_row(tokenizer: Any, texts: Sequence[str], second: int, words: WordPlaces, longest: int) -> Row:
    """Read the first of `texts` with another one; `words` are those of all of them, as `joined` places them."""
    pair = (texts[0], texts[second])
    ((ids, kinds, _),) = tokenize_pairs(tokenizer, [pair], longest=longest)
    offsets, owners = _offsets(tokenizer, pair, longest)
    begin = sum(len(text) + 1 for text in texts[:second])
    of_text = np.flatnonzero(owners >= 0)
    shifted = offsets[of_text] + np.where(owners[of_text] == 1, begin, 0)[:, None]
    covered = WordTokens.of("\n".join(texts), shifted, words)
    first, last = (np.full(len(ids), -1) for _ in range(2))
    first[of_text], last[of_text] = covered.first, covered.last
    return Row(ids, first, last, () if kinds is None else tuple(kinds.tolist()))


def _offsets(tokenizer: Any, pair: tuple[str, str], longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the characters (tokens, 2) that each token covers in its text, and which text that is, -1 for none."""
    read = [composed(text) for text in pair]
    options = {"truncation": "longest_first", "max_length": longest}
    with reading_named(tokenizer):
        encoded = tokenizer([read[0][0]], [read[1][0]], **{**COMMON_OPTIONS, **options})
    owners = np.array([-1 if owner is None else owner for owner in encoded.sequence_ids(0)])
    offsets = np.asarray(encoded["offset_mapping"][0], np.int64).reshape(-1, 2)
    for owner, (_, composition) in enumerate(read):
        if composition is not None:
            offsets[owners == owner] = composition.offsets(offsets[owners == owner])
    return offsets, owners
