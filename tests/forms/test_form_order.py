"""Orders by chance: repeatable, different for each seed, and fair to every place."""

from collections import Counter

from alambic.forms.order import balanced_orders, shuffled

NAMES = ["student", "teacher", "reference"]


def test_an_order_is_that_of_its_seed_and_keeps_all_items():
    items = list(range(50))
    assert shuffled(items, 1, "a") == shuffled(items, 1, "a") != shuffled(items, 2, "a")
    assert sorted(shuffled(items, 1, "a")) == items != shuffled(items, 1, "a")


def test_every_name_stands_at_every_place_as_often():
    orders = balanced_orders(NAMES, 30, 7)
    assert all(sorted(order) == sorted(NAMES) for order in orders)
    for place in range(3):
        assert Counter(order[place] for order in orders) == dict.fromkeys(NAMES, 10)


def test_no_place_has_a_name_more_than_once_too_often():
    orders = balanced_orders(NAMES, 11, 3)
    for place in range(3):
        times = Counter(order[place] for order in orders)
        assert max(times.values()) - min(times.values()) <= 1


def test_what_follows_what_varies():
    """Rotations of one order alone would always show the same name after the same one."""
    assert len({tuple(order) for order in balanced_orders(NAMES, 60, 0)}) == 6
