"""Options with a name and a value: what is none, and a name that comes twice, are errors."""

import pytest

from alambic.commands.named_values import read_named_values
from alambic.errors import UserError


def test_values_are_read_by_name_and_may_hold_the_sign_between_them():
    assert read_named_values("--column", ["text=A=B", "year=C"], expected="") == {"text": "A=B", "year": "C"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["text"], "--column text: expected what it holds and its name"),
        (["text="], "--column text=: expected what it holds"),
        (["=CAUSE"], "--column =CAUSE: expected what it holds"),
        (["text=A", "text=B"], "--column text=B: 'text' is given twice, as A before"),
    ],
)
def test_what_names_nothing_and_what_names_it_twice_are_errors(given, message):
    with pytest.raises(UserError, match=message):
        read_named_values("--column", given, expected="what it holds and its name, such as text=CAUSE")
