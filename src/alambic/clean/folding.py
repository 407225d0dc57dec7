"""A text reduced to what tells it from another one: its letters and digits, without case or accents."""

import re
import unicodedata
from hashlib import blake2b

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def folded_words(text: str) -> list[str]:
    """Split `text` into lower-case words without accents; punctuation and white space do not count."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _BETWEEN_WORDS.sub(" ", letters).split()


def key(content: str) -> int:
    """Give 64 bits that stand for `content`; two of 20 million texts share them once in 100,000 times."""
    return int.from_bytes(blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
