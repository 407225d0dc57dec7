"""Words without signs, capitals and accents, and runs of them."""

import pytest

from alambic.tasks.plain_words import has_run, plain_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L'Œdème aigu, à 12,5 mg.", ["l", "oedeme", "aigu", "a", "12", "5", "mg"]),
        ("décès évité", ["deces", "evite"]),
        ("de\u0301ce\u0300s", ["deces"]),  # accents as marks of their own
        ("... ; !", []),
        ("", []),
    ],
)
def test_words_are_folded_and_signs_are_none(text, words):
    assert plain_words(text) == words


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("embolie pulmonaire", True),
        ("Pulmonaire.", True),
        ("embolie grave", False),  # not neighbours
        ("pulmonaire embolie", False),
        ("pulmonaire grave aujourd'hui", False),  # goes on where the text ends
        ("mbolie", False),  # within a word
        ("", False),
    ],
)
def test_a_run_is_of_whole_words_in_their_order(run, expected):
    assert has_run(plain_words("Une embolie pulmonaire grave"), plain_words(run)) is expected
