"""A part is drawn for each group by itself."""

from collections import Counter

import pytest

from alambic.errors import UserError
from alambic.tasks.drawn_parts import part_of


def test_shares_are_those_that_were_asked_for_and_each_draw_is_its_own():
    parts = {name: part_of(0, f"group{name}", test_share=0.2, dev_share=0.1) for name in range(4000)}
    counts = Counter(parts.values())
    assert counts["test"] == pytest.approx(800, abs=80) and counts["dev"] == pytest.approx(400, abs=60)
    without_dev = {name: part_of(0, f"group{name}", test_share=0.2, dev_share=0.0) for name in parts}
    assert {name for name, part in without_dev.items() if part == "test"} == {
        name for name, part in parts.items() if part == "test"
    }, "what is scored stays, whatever is set apart besides"
    assert parts != {name: part_of(1, f"group{name}", test_share=0.2, dev_share=0.1) for name in parts}


def test_shares_have_to_leave_something_to_learn_from():
    with pytest.raises(UserError, match=r"test_share \+ dev_share: 0.7 \+ 0.3 leave nothing to learn from"):
        part_of(0, "group", test_share=0.7, dev_share=0.3)
