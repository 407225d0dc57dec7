"""Groups are those that a search through shared traits finds."""

from hypothesis import given
from hypothesis import strategies as st

from alambic.tasks.connected_groups import components

KEYS = st.text("abcdef", min_size=1, max_size=3)


@given(st.dictionaries(KEYS, st.lists(st.integers(0, 9), max_size=3), max_size=25))
def test_each_key_has_the_smallest_that_it_is_connected_to(traits):
    def reached(key):
        group, waiting = set(), [key]
        while waiting:
            current = waiting.pop()
            if current not in group:
                group.add(current)
                waiting += [other for other in traits if set(traits[other]) & set(traits[current])]
        return group

    assert components(traits) == {key: min(reached(key)) for key in traits}
    assert list(components(traits)) == list(traits)
