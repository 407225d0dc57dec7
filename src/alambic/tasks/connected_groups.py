"""Groups of things that share a trait, directly or through others: what must stay on one side of a split."""

from collections.abc import Hashable, Iterable, Mapping


def components(traits: Mapping[str, Iterable[Hashable]]) -> dict[str, str]:
    """Give each key the smallest key that it is connected to through shared traits."""
    parent = {key: key for key in traits}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    first: dict[Hashable, str] = {}
    for key in sorted(traits):
        for trait in traits[key]:
            one, other = root(first.setdefault(trait, key)), root(key)
            parent[max(one, other)] = min(one, other)
    return {key: root(key) for key in traits}
