"""Which tokens may follow what a model has written so far: a table of states, walked one step at a token.

A state allows tokens of its own, its children, and those of its class, of which there are a few for the whole table:
thousands of states of a trie that all allow every code next share one class. A step is an `index_select`: nothing that
was written before is read again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

NOWHERE = -1  # no token, or no state
ONWARDS = -2  # the state after this one


@dataclass(frozen=True)
class TokenTable:
    """An automaton over the tokens of a vocabulary; a sequence begins in `start`."""

    children: Tensor  # (states, most children) tokens, NOWHERE for none
    following: Tensor  # (states, most children) the state after each
    classes: Tensor  # (states,) the class of each
    allowed: Tensor  # (classes, vocabulary) bool
    after: Tensor  # (classes, vocabulary) the state after each token of a class, NOWHERE for none
    start: int

    def to(self, device: torch.device) -> "TokenTable":
        """Put the table on a device."""
        return TokenTable(
            self.children.to(device),
            self.following.to(device),
            self.classes.to(device),
            self.allowed.to(device),
            self.after.to(device),
            self.start,
        )

    def begin(self, sources: Sequence[int]) -> Tensor:
        """Give the first state after each of these sources, by their numbers: (sources,)."""
        return torch.full((len(sources),), self.start, device=self.children.device)

    def mask(self, states: Tensor) -> Tensor:
        """Tell which tokens may follow: states (rows,) -> bool (rows, vocabulary)."""
        allowed = self.allowed.index_select(0, self.classes.index_select(0, states))
        own = self.children.index_select(0, states)
        return allowed.scatter(1, own.clamp(min=0), (own >= 0) | allowed.gather(1, own.clamp(min=0)))

    def step(self, states: Tensor, tokens: Tensor) -> Tensor:
        """Give the states after tokens that were allowed: (rows,); after any other, the first state."""
        same = self.children.index_select(0, states) == tokens[:, None]
        child = self.following.index_select(0, states).gather(1, same.long().argmax(dim=1, keepdim=True)).squeeze(1)
        of_class = self.after[self.classes.index_select(0, states), tokens]
        of_class = torch.where(of_class == ONWARDS, states + 1, of_class)
        return torch.where(same.any(dim=1), child, of_class).clamp(min=0)


@dataclass
class _Trie:
    """Sequences of tokens by their beginnings; state 0 is the empty one."""

    children: list[dict[int, int]] = field(default_factory=lambda: [{}])
    whole: set[int] = field(default_factory=set)

    def add(self, tokens: Sequence[int]) -> None:
        state = 0
        for token in tokens:
            if token not in self.children[state]:
                self.children[state][token] = len(self.children)
                self.children.append({})
            state = self.children[state][token]
        self.whole.add(state)

    def rows(self) -> tuple[list[list[int]], list[list[int]]]:
        """Give the tokens and the states of each state's children, the first state's left out: they are a class."""
        own = [{}, *self.children[1:]]
        return [[*each] for each in own], [[*each.values()] for each in own]


def table_of_outputs(outputs: Iterable[Sequence[int]], *, vocabulary: int, end: int) -> TokenTable:
    """Allow one of these sequences, followed by the token `end`."""
    trie = _Trie()
    for tokens in outputs:
        trie.add(tokens)
    classes = _Classes(vocabulary, number=3)
    classes.allow(1, trie.children[0])
    classes.allow(2, {end: 0})
    kinds = [2 * (state in trie.whole) for state in range(len(trie.children))]
    kinds[0] = 1
    return _table(trie, kinds, classes, start=0)


def table_of_lists(
    items: Iterable[Sequence[int]],
    *,
    vocabulary: int,
    end: int,
    opens: int,
    most: int,
    text: Iterable[int],
) -> TokenTable:
    """Allow up to `most` tokens of `text`, the token `opens`, and any number of `items`, followed by `end`.

    No item may begin with a token that another goes on with.
    """
    trie = _Trie()
    for tokens in items:
        trie.add(tokens)
    first = trie.children[0]
    classes = _Classes(vocabulary, number=4)
    classes.allow(1, first | {end: 0})  # where an item may begin
    classes.allow(2, dict.fromkeys(text, ONWARDS) | {opens: 0})
    classes.allow(3, {opens: 0})  # where the text is as long as it may be
    kinds = [int(state in trie.whole or state == 0) for state in range(len(trie.children))]
    start = len(kinds)
    for _ in range(most + 1):
        trie.children.append({})
    return _table(trie, [*kinds, *[2] * most, 3], classes, start=start)


def table_of_tokens(tokens: Iterable[int], *, vocabulary: int, end: int) -> TokenTable:
    """Allow any number of these tokens, followed by `end`."""
    trie = _Trie()
    classes = _Classes(vocabulary, number=2)
    classes.allow(1, dict.fromkeys(tokens, 0) | {end: 0})
    return _table(trie, [1], classes, start=0)


class _Classes:
    """The classes of a table; number 0 allows nothing."""

    def __init__(self, vocabulary: int, *, number: int) -> None:
        self.allowed = torch.zeros(number, vocabulary, dtype=torch.bool)
        self.after = torch.full((number, vocabulary), NOWHERE)

    def allow(self, kind: int, tokens: dict[int, int]) -> None:
        """Allow tokens, each with the state after it."""
        numbers = torch.tensor([*tokens], dtype=torch.long)
        self.allowed[kind, numbers] = True
        self.after[kind, numbers] = torch.tensor([*tokens.values()], dtype=torch.long)


def _table(trie: _Trie, kinds: list[int], classes: _Classes, *, start: int) -> TokenTable:
    tokens, states = trie.rows()
    most = max(1, *map(len, tokens))
    children, following = (torch.full((len(tokens), most), NOWHERE) for _ in range(2))
    for matrix, rows in ((children, tokens), (following, states)):
        lengths = torch.tensor([len(row) for row in rows])
        given = torch.arange(most) < lengths[:, None]
        matrix[given] = torch.tensor([value for row in rows for value in row], dtype=torch.long)
    return TokenTable(children, following, torch.tensor(kinds), classes.allowed, classes.after, start)
