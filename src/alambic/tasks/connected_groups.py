"""Groups of things that share a trait, directly or through others: what must stay on one side of a split."""

from collections.abc import Hashable, Iterable, Mapping

from scipy.cluster.hierarchy import DisjointSet


def components(traits: Mapping[str, Iterable[Hashable]]) -> dict[str, str]:
    """Give each key the smallest key that it is connected to through shared traits.

    {"a": [1], "b": [2], "c": [1, 2], "d": [3]} -> {"a": "a", "b": "a", "c": "a", "d": "d"}
    """
    groups = DisjointSet(traits)
    first_with: dict[Hashable, str] = {}
    for key in traits:
        for trait in traits[key]:
            groups.merge(first_with.setdefault(trait, key), key)
    smallest = {key: min(group) for group in groups.subsets() for key in group}
    return {key: smallest[key] for key in traits}
