"""Sentences of French prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.tasks.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vu par le Dr. Roux. Pas de toux.", ["Vu par le Dr. Roux.", "Pas de toux."]),
        ("Voir fig. 2 et J. Martin. Fin", ["Voir fig. 2 et J. Martin.", "Fin"]),
        ("Une dose de 3.5 mg. deux fois. Puis ?  Oui !", ["Une dose de 3.5 mg. deux fois.", "Puis ?", "Oui !"]),
        ("Un titre\nUne ligne\n\nUne autre", ["Un titre", "Une ligne", "Une autre"]),
        ("Il dit « non. » Elle part.", ["Il dit « non. »", "Elle part."]),
        ("  ", []),
        ("", []),
    ],
)
def test_a_stop_ends_a_sentence_and_an_abbreviation_does_not(text, expected):
    assert sentences(text) == expected


@given(st.text(alphabet="aB. \n?»é1", max_size=60))
def test_no_visible_sign_is_lost(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
