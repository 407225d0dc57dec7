"""A table of states allows what the trie that it stands for allows, whatever was written before."""

import itertools

import pytest
import torch

from alambic.models.token_table import table_of_lists, table_of_outputs

VOCABULARY, END, OPENS = 12, 1, 2


def accepted(table, tokens):
    """Walk a sequence: tell whether each of its tokens is allowed where it stands."""
    state = torch.tensor([table.start])
    for token in tokens:
        if not table.mask(state)[0, token]:
            return False
        state = table.step(state, torch.tensor([token]))
    return True


def test_of_a_closed_list_each_output_is_allowed_and_nothing_else():
    outputs = [(3,), (3, 4), (3, 4, 5), (6, 3), (7, 7, 7)]
    table = table_of_outputs(outputs, vocabulary=VOCABULARY, end=END)
    valid = {(*output, END) for output in outputs}
    for length in (1, 2, 3, 4):
        for tokens in itertools.product((END, 3, 4, 5, 6, 7), repeat=length):
            if tokens[-1] == END and END not in tokens[:-1]:
                assert accepted(table, tokens) == (tokens in valid), tokens


@pytest.mark.parametrize(
    ("tokens", "valid"),
    [
        ((OPENS, END), True),  # no item
        ((OPENS, 3, END), True),
        ((OPENS, 3, 4, 6, 5, 3, END), True),  # three items, one of which another begins with
        ((9, 10, OPENS, 3, END), True),
        ((9, 10, 9, OPENS, END), False),  # a text of three tokens, where two are allowed
        ((OPENS, 6, END), False),  # no item is 6 alone
        ((OPENS, 4, END), False),
        ((3, OPENS, END), False),  # a token of items is none of a text
        ((9, END), False),  # a text without the list
        ((OPENS, 9, END), False),
    ],
)
def test_a_text_of_limited_length_is_followed_by_a_list_of_items(tokens, valid):
    items = [(3,), (3, 4), (6, 5)]
    table = table_of_lists(items, vocabulary=VOCABULARY, end=END, opens=OPENS, most=2, text=(9, 10))
    assert accepted(table, tokens) == valid


def test_rows_of_a_batch_have_states_of_their_own():
    table = table_of_outputs([(3, 4), (5,)], vocabulary=VOCABULARY, end=END)
    states = table.step(torch.tensor([table.start] * 2), torch.tensor([3, 5]))
    assert table.mask(states).nonzero().tolist() == [[0, 4], [1, END]]


def test_forty_thousand_codes_take_little_memory():
    codes = [(3 + n // 20, 3000 + n % 20 // 2, *((3020 + n % 2,) if n % 4 else ())) for n in range(40_000)]
    table = table_of_lists(set(codes), vocabulary=4000, end=END, opens=OPENS, most=8, text=(9,))
    size = sum(each.numel() * each.element_size() for each in (table.children, table.following, table.classes))
    assert size < 64 << 20 and table.allowed.shape == (4, 4000)
