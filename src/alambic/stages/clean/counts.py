"""What became of documents, counted; the counts of parts add up to those of the corpus."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Funnel:
    """What became of one source's documents; words are those of the kept ones."""

    collected: int = 0
    kept: int = 0
    words: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)


@dataclass
class Size:
    """How much text there is."""

    documents: int = 0
    words: int = 0


@dataclass
class Counts:
    """The counts of one part, in one phase."""

    funnel: dict[str, Funnel] = field(default_factory=dict)
    licences: Counter[str] = field(default_factory=Counter)
    train: Size = field(default_factory=Size)
    held_out: Size = field(default_factory=Size)

    def of(self, source: str) -> Funnel:
        """Give the funnel of a source."""
        return self.funnel.setdefault(source, Funnel())

    def as_json(self) -> dict[str, Any]:
        """Give the counts as JSON."""
        funnel = {source: vars(counts) for source, counts in self.funnel.items()}
        sizes = {"train": vars(self.train), "held_out": vars(self.held_out)}
        return {"funnel": funnel, "licences": self.licences, **sizes}


def summed(counts: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up nested counts, keys in the order in which they first come.

    [{"train": {"words": 2}}, {"train": {"words": 3}}] -> {"train": {"words": 5}}
    """
    total: dict[str, Any] = {}
    for part in counts:
        for name, value in part.items():
            if isinstance(value, dict):
                total[name] = summed([total.get(name, {}), value])
            else:
                total[name] = total.get(name, 0) + value
    return total


def in_order(funnel: dict[str, Any]) -> dict[str, Any]:
    """Sort the reasons and the steps of a funnel by name."""
    return {**funnel, **{name: dict(sorted(funnel[name].items())) for name in ("dropped", "changed")}}
