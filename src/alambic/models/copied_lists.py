"""Which tokens may follow in a list of labelled runs of a source's own tokens.

<DISO> toux <DISO> fièvre <CHEM> aspirine, and the end. A run begins with a word and ends with one, and each stands
behind the run before it: such a list has an end, and says where its runs are. Of runs with the same tokens the first
behind the one before is meant.

The states are made as they are walked, a few for each token that is written: a table of all runs of a source would be
as large as the square of its length.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

Key = tuple[int, str, tuple[int, ...]]  # a source, what may come now, and places of its tokens

ITEM, FIRST, RUN, OVER = "item", "first", "run", "over"


@dataclass(frozen=True)
class CopiedSource:
    """The tokens of a source, and which of them begin and end its words."""

    ids: Sequence[int]
    begins: frozenset[int]  # places, each of a word whose end is here too
    ends: frozenset[int]

    def place(self, run: Sequence[int], *, after: int = -1) -> tuple[int, int] | None:
        """Find the first place of a run of whole words behind a token: the first and the last token, or None."""
        size = len(run)
        for first in range(after + 1, len(self.ids) - size + 1):
            last = first + size - 1
            if first in self.begins and last in self.ends and list(self.ids[first : last + 1]) == list(run):
                return first, last
        return None


@dataclass(frozen=True)
class Item:
    """A labelled run as it was written, and where its source has it."""

    label: int  # the token
    first: int  # of what was written: its label
    end: int
    place: tuple[int, int] | None  # the first and the last token of the source, None where it has no such words


def read_items(written: Sequence[int], labels: Collection[int], source: CopiedSource, *, ended: bool) -> list[Item]:
    """Place the runs of a list, each behind the one before; the last of a list without an end has no place.

    It might have gone on.
    """
    begins = [place for place, token in enumerate(written) if token in labels]
    items, after = [], -1
    for first, end in pairwise([*begins, len(written)]):
        whole = ended or end < len(written)
        place = source.place(written[first + 1 : end], after=after) if whole and end > first + 1 else None
        items.append(Item(written[first], first, end, place))
        after = place[1] if place else after
    return items


class CopiedLists:
    """An automaton over the tokens of a vocabulary, asked as `TokenTable` is; each source has states of its own."""

    def __init__(self, sources: Sequence[CopiedSource], labels: Sequence[int], *, vocabulary: int, end: int) -> None:
        self.sources, self.labels, self.vocabulary, self.end = sources, tuple(labels), vocabulary, end
        self.device = torch.device("cpu")
        self._last_begin = [max(source.begins, default=-1) for source in sources]
        self._last_end = [max(source.ends, default=-1) for source in sources]
        self._numbers: dict[Key, int] = {}
        self._following: list[dict[int, Key]] = []  # of each state: the tokens that may follow, and what is then
        self._tokens: list[Tensor] = []  # the same tokens

    def to(self, device: torch.device) -> "CopiedLists":
        """Give masks and states on a device."""
        self.device = device
        return self

    def begin(self, sources: Sequence[int]) -> Tensor:
        """Give the first state after each of these sources, by their numbers: (sources,)."""
        return torch.tensor([self._number((source, ITEM, (-1,))) for source in sources], device=self.device)

    def mask(self, states: Tensor) -> Tensor:
        """Tell which tokens may follow: states (rows,) -> bool (rows, vocabulary)."""
        allowed = [self._tokens[state] for state in states.tolist()]
        rows = torch.repeat_interleave(torch.tensor([len(tokens) for tokens in allowed]))
        mask = torch.zeros(len(allowed), self.vocabulary, dtype=torch.bool, device=self.device)
        mask[rows.to(self.device), torch.cat(allowed).to(self.device)] = True
        return mask

    def step(self, states: Tensor, tokens: Tensor) -> Tensor:
        """Give the states after tokens that were allowed: (rows,); after any other, nothing but the end may follow."""
        over: Key = (0, OVER, ())
        pairs = zip(states.tolist(), tokens.tolist(), strict=True)
        following = [self._number(self._following[state].get(token, over)) for state, token in pairs]
        return torch.tensor(following, device=self.device)

    def _number(self, key: Key) -> int:
        if key not in self._numbers:
            following = self._allowed(key)
            self._numbers[key] = len(self._following)
            self._following.append(following)
            self._tokens.append(torch.tensor([*following]))
        return self._numbers[key]

    def _allowed(self, key: Key) -> dict[int, Key]:
        number, kind, places = key
        if kind == OVER:
            return {self.end: key}
        if kind == ITEM:
            return self._items(number, places[0])
        source = self.sources[number]
        ids, begun = source.ids, kind == RUN
        if begun:
            following = [place + 1 for place in places if place < self._last_end[number]]
        else:
            following = sorted(place for place in source.begins if place > places[0])
        by_token: dict[int, list[int]] = {}
        for place in following:
            by_token.setdefault(ids[place], []).append(place)
        allowed: dict[int, Key] = {token: (number, RUN, tuple(found)) for token, found in by_token.items()}
        whole = [place for place in places if place in source.ends] if begun else []
        return allowed | (self._items(number, whole[0]) if whole else {})

    def _items(self, number: int, last: int) -> dict[int, Key]:
        """Allow the end, and another item behind a token while there is a word."""
        items: dict[int, Key] = {self.end: (0, OVER, ())}
        if last < self._last_begin[number]:
            items |= dict.fromkeys(self.labels, (number, FIRST, (last,)))
        return items
