"""Marks of HTML and JATS in titles and abstracts, and signs that only look like them."""

import pytest

from alambic.stages.collect.markup import as_read, plain


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Résistance d'<i>Escherichia coli</i>", "Résistance d'Escherichia coli"),
        (
            "<p>Introduction&nbsp;: les infections &agrave; <em>E. coli</em> (p&lt;0,05).</p><jats:p>Fin.</jats:p>",
            "Introduction : les infections à E. coli (p<0,05).\nFin.",
        ),
        ("&lt;p&gt;Toux&lt;/p&gt;", "Toux"),
        ("&amp;lt;i&amp;gt;E. coli&amp;lt;/i&amp;gt;", "E. coli"),
        ("fr&amp;eacute;quent", "fréquent"),
        ("<jats:title>But</jats:title><jats:sec>Dire</jats:sec>", "But\nDire"),
        ("CO<sub>2</sub> et H<inf>2</inf>O", "CO2 et H2O"),
        ("<![CDATA[une <b>toux</b>]]>", "une toux"),
        ("p <b et q> a", "p a"),
        ("n<m et p<0,05 ou x>y", "n<m et p<0,05 ou x>y"),
        ("le récepteur <alpha> et <bêta", "le récepteur <alpha> et <bêta"),
        ("AT&T & Cie &c; &x", "AT&T & Cie &c; &x"),
        ("Un.\nDeux.\n\nTrois.", "Un.\nDeux.\n\nTrois."),
        ("", ""),
    ],
)
def test_marks_are_not_read_and_signs_are(given: str, expected: str) -> None:
    assert plain(given) == expected


def test_a_page_keeps_a_sign_of_less() -> None:
    assert as_read("<p>p < 0,05 et <alpha></p><p>fin <m") == "p < 0,05 et <alpha>\nfin <m"


@pytest.mark.parametrize("part", ["<", "<b ", "&", "&lt;", "<![CDATA[", "<!--", "<a:b "])
def test_time_is_linear(part: str) -> None:
    plain(part * (200_000 // len(part)))
