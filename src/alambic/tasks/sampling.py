"""Choices that depend on names alone, and are the same in every run and on every machine."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Protocol, TypeVar


class Identified(Protocol):
    """What has a name of its own."""

    @property
    def id(self) -> str:
        """Its name."""
        ...


Item = TypeVar("Item", bound=Identified)


def draw(*parts: str | int) -> float:
    """Give a number in [0, 1) that depends on `parts` alone."""
    text = "/".join(str(part) for part in parts)
    digest = sha256(text.encode(errors="surrogatepass")).digest()  # lone surrogates occur in broken documents
    return int.from_bytes(digest[:7], "big") / 2**56


def sample(items: Iterable[Item], *, limit: int, seed: int) -> list[Item]:
    """Keep `limit` items chosen by the hash of their ids, all of them when `limit` is 0; sorted by that hash."""
    ordered = sorted(items, key=lambda item: (draw(seed, item.id), item.id))
    return ordered[:limit] if limit else ordered
