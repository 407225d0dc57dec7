"""Lists of runs that are copied from a source: valid whatever the weights say, and placed where they were read."""

import random
from itertools import pairwise

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from alambic.models.copied_lists import CopiedLists, CopiedSource, read_items

END, LABELS, VOCABULARY = 0, (1, 2), 9  # the source's tokens are 3 to 8


@st.composite
def sources(draw):
    """Words of one to three tokens of a small alphabet, so that many come again; blanks between some."""
    ids, begins, ends, words = [], [], [], []
    for _ in range(draw(st.integers(0, 9))):
        ids += draw(st.lists(st.integers(3, 8), max_size=1))
        word = draw(st.lists(st.integers(3, 5), min_size=1, max_size=3))
        words.append((len(ids), len(ids) + len(word) - 1))
        ids += word
        begins.append(words[-1][0])
        ends.append(words[-1][1])
    ids += draw(st.lists(st.integers(3, 8), max_size=2))  # such as half of a word, at the end of a window
    return CopiedSource(ids, frozenset(begins), frozenset(ends)), words


@st.composite
def listed(draw):
    """A source and entities of it that do not overlap, in its order: first token, last token, label."""
    source, words = draw(sources())
    entities, next_word = [], 0
    while next_word < len(words):
        first = next_word + draw(st.integers(0, 2))
        last = first + draw(st.integers(0, 2))
        if last >= len(words):
            break
        entities.append((words[first][0], words[last][1], draw(st.sampled_from(LABELS))))
        next_word = last + 1
    return source, entities


def walked(table, tokens, number=0):
    """Walk a list; tell whether each of its tokens is allowed where it stands."""
    state = table.begin([number])
    for token in tokens:
        if not table.mask(state)[0, token]:
            return False
        state = table.step(state, torch.tensor([token]))
    return True


def table_of(*of):
    return CopiedLists(of, LABELS, vocabulary=VOCABULARY, end=END)


@settings(deadline=None, max_examples=150)
@given(listed())
def test_every_list_of_a_sources_words_may_be_written_and_is_placed_in_order(case):
    source, entities = case
    written = [token for first, last, label in entities for token in (label, *source.ids[first : last + 1])]
    assert walked(table_of(source), [*written, END])
    items = read_items(written, {*LABELS}, source, ended=True)
    after = -1
    for (first, last, label), item in zip(entities, items, strict=True):
        begin, end = item.place
        assert item.label == label and source.ids[begin : end + 1] == source.ids[first : last + 1]
        assert after < begin <= first and begin in source.begins and end in source.ends
        assert source.place(source.ids[first : last + 1], after=after) == (begin, end)
        after = end


@settings(deadline=None, max_examples=150)
@given(sources(), st.integers(0, 2**32))
def test_whatever_is_drawn_ends_and_is_placed(case, seed):
    source, _ = case
    table, draws, written = table_of(source), random.Random(seed), []
    state = table.begin([0])
    for _ in range(2 * len(source.ids) + 2):  # each token of the source once, each behind a label, and the end
        allowed = table.mask(state)[0].nonzero().flatten().tolist()
        written.append(draws.choice(allowed))
        if written[-1] == END:
            break
        state = table.step(state, torch.tensor([written[-1]]))
    assert written.pop() == END
    places = [item.place for item in read_items(written, {*LABELS}, source, ended=True)]
    assert None not in places
    assert all(first[1] < second[0] for first, second in pairwise(places))


def test_nothing_else_may_be_written():
    source = CopiedSource([3, 4, 5, 3, 6], frozenset({0, 1, 3}), frozenset({0, 2, 4}))  # words 3, 4 5, 3 6
    table = table_of(source)
    for tokens in ([END], [1, 3, END], [1, 3, 4, 5, END], [2, 3, 1, 3, 6, END], [1, 4, 5, 2, 3, 6, END]):
        assert walked(table, tokens), tokens
    refused = (
        [3],  # no label
        [1, END],  # no words
        [1, 5],  # within a word
        [1, 4, END],  # the first half of one
        [1, 4, 5, 1, 4],  # behind the run before it there is no other
        [1, 3, 6, 1],  # nothing is left
        [1, 3, 1, 3, END],  # the second 3 is half of a word
        [1, 6],
        [1, 3, 5],
        [END, END, 1],
    )
    for tokens in refused:
        assert not walked(table, tokens), tokens


def test_of_a_list_without_an_end_the_last_run_has_no_place():
    source = CopiedSource([3, 4, 5], frozenset({0, 1, 2}), frozenset({0, 1, 2}))
    written = [1, 3, 2, 4]
    assert [item.place for item in read_items(written, {*LABELS}, source, ended=True)] == [(0, 0), (1, 1)]
    assert [item.place for item in read_items(written, {*LABELS}, source, ended=False)] == [(0, 0), None]
    assert [item.place for item in read_items([1, 3, 2], {*LABELS}, source, ended=False)] == [(0, 0), None]
    assert read_items([], {*LABELS}, source, ended=False) == []


def test_each_row_of_a_batch_copies_from_its_own_source():
    table = table_of(
        CopiedSource([3], frozenset({0}), frozenset({0})), CopiedSource([4], frozenset({0}), frozenset({0}))
    )
    states = table.step(table.begin([1, 0]), torch.tensor([1, 2]))
    assert table.mask(states).nonzero().tolist() == [[0, 4], [1, 3]]
    assert walked(table, [1, 4, END], number=1) and not walked(table, [1, 4, END], number=0)


def test_a_source_without_words_has_an_empty_list():
    table = table_of(CopiedSource([3, 3], frozenset(), frozenset()))
    assert table.mask(table.begin([0])).nonzero().tolist() == [[0, END]]
