"""Parts of corpora as DrBenchmark drew them, so that a score can stand beside the published one.

Its loaders put the names of texts in order, shuffle them three times by Python's generator with seed 4, and cut the
list (https://github.com/DrBenchmark/DrBenchmark, `data_loaders_hf`). Python draws alike in every version.
"""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import TypeVar

Item = TypeVar("Item")

SEED = 4
SHUFFLES = 3
IN_THREE = (0.70, 0.80)  # where train ends, where dev ends; the rest is test
PARTS = ("train", "dev", "test")


def part(items: Sequence[Item], split: str, cuts: Sequence[float] = IN_THREE) -> list[Item]:
    """Give the items of one part in their order; all of them where `split` is "all".

    `cuts` are the shares at which the shuffled list is cut: two for train, dev and test, one for train and dev.
    """
    if split == "all":
        return list(items)
    drawn = list(range(len(items)))
    draws = Random(SEED)
    for _ in range(SHUFFLES):
        draws.shuffle(drawn)
    places = [0, *(int(len(items) * cut) for cut in cuts), len(items)]
    begin, end = dict(zip(PARTS, pairwise(places), strict=False))[split]
    return [items[number] for number in sorted(drawn[begin:end])]


def part_of_file(items: Sequence[Item], split: str, cut: float) -> list[Item]:
    """Give `train` or `dev` of a training file that was cut in two; all items for what is a file of its own."""
    return part(items, split if split in ("train", "dev") else "all", (cut,))
