"""Batches of what comes one by one (`itertools.batched` of Python 3.12)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut `values` into lists of `size` at most, each made when it is asked for.

    "abcde", 2 -> ["a", "b"], ["c", "d"], ["e"]
    """
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch
