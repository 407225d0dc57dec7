"""A text reduced to what tells it from another one: its letters and digits, without case or accents."""

import re
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

from alambic.tasks.words import fold as fold_text

_BETWEEN_WORDS = re.compile(r"[\W_]+")
_REMEMBERED = 1 << 16  # words: 20 MB
_LONGEST = 100  # characters: a text with a longer word is no prose, and fills no memory


def folded_words(text: str) -> list[str]:
    """Split `text` into lower-case words without accents; punctuation and white space do not count.

    "L'œdème aigu" -> ["l", "oedeme", "aigu"]
    """
    words = text.split()
    fold = _remembered if max(map(len, words), default=0) <= _LONGEST else _folded
    return list(chain.from_iterable(map(fold, words)))


def _folded(word: str) -> list[str]:
    return _BETWEEN_WORDS.sub(" ", fold_text(word)).split()


# Most words come again and again: looking them up is ten times as fast as folding them.
_remembered = lru_cache(_REMEMBERED)(_folded)


def key(content: str) -> int:
    """Give 64 bits that stand for `content`; two of 20 million texts share them once in 100,000 times."""
    return int.from_bytes(blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
