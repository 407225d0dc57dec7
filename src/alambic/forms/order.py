"""In which order a form shows what it shows: by chance, the same for the same seed, and with every place as often."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def shuffled(items: Sequence[Item], *seed: str | int) -> list[Item]:
    """Give `items` in an order that depends on `seed` alone."""
    return _chance(*seed).sample(list(items), len(items))


def balanced_orders(items: Sequence[Item], count: int, *seed: str | int) -> list[list[Item]]:
    """Give `count` orders of `items`, in which each stands at each place as often as any other, or once more.

    They are the rows of Latin squares: a drawn order and its rotations, in a drawn order.
    """
    chance = _chance(*seed)
    orders: list[list[Item]] = []
    while len(orders) < count:
        first = chance.sample(list(items), len(items))
        square = [first[turn:] + first[:turn] for turn in range(len(items))]
        orders += chance.sample(square, len(square))
    return orders[:count]


def _chance(*seed: str | int) -> Random:
    return Random("/".join(map(str, seed)))
