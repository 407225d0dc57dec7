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
        (
            "<sec><title>But</title><p>Dire</p></sec><title>Méthode <italic>A</italic></title>Fin",
            "But\nDire\nMéthode A\nFin",
        ),
        (
            "<article-title>Un <italic>cas</italic></article-title><jats:article-title>B</jats:article-title>",
            "Un cas\nB",
        ),
        ("CO<sub>2</sub> et H<inf>2</inf>O", "CO2 et H2O"),
        ("<![CDATA[une <b>toux</b>]]>", "une toux"),
        ("p <b et q> a", "p <b et q> a"),
        ("si a<b et b>c, ou a <i et\ni> c", "si a<b et b>c, ou a <i et\ni> c"),
        ("n<p, p>m ; x<sub et y>z ; a<x:y et z>b", "n<p, p>m ; x<sub et y>z ; a<x:y et z>b"),
        ("a<b>c\nfin", "a<b>c\nfin"),
        ("un <b>mot</b>, a<b>c", "un mot, a<b>c"),
        ("un <!-- deux\nfin", "un <!-- deux\nfin"),
        ("un <!-- caché --> <i>deux</i>", "un deux"),
        ("un <style> deux <i>trois</i>", "un <style> deux trois"),
        ('<a href=https://a/?b=c>un</a> <td nowrap>deux</td><img src="x" alt="a > b"/>', "un deux"),
        ("<o:p>un</o:p><st1:place w:st='on'>deux</st1:place>", "un\ndeux"),
        ("n<m et p<0,05 ou x>y", "n<m et p<0,05 ou x>y"),
        ("le récepteur <alpha> et <bêta", "le récepteur <alpha> et <bêta"),
        ("AT&T & Cie &c; &x", "AT&T & Cie &c; &x"),
        ("Un.\nDeux.\n\nTrois.", "Un.\nDeux.\n\nTrois."),
        ("", ""),
    ],
)
def test_marks_are_not_read_and_signs_are(given: str, expected: str) -> None:
    assert plain(given) == expected


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>Site</title></head><body><p>Toux</p></body></html>",
        "<!DOCTYPE html><title>Site</title><p>Toux",
        "<HTML><TITLE>Site</TITLE><p>Toux</p>",
        "<html><head><title>Site</head><body>Toux",
        "<p>Toux</p><svg><title>Dessin</title><g/></svg>",
    ],
)
def test_the_title_of_a_page_is_no_text_of_it(page: str) -> None:
    assert as_read(page) == "Toux"


def test_a_page_keeps_a_sign_of_less() -> None:
    assert as_read("<p>p < 0,05 et <alpha></p><p>fin <m") == "p < 0,05 et <alpha>\nfin <m"


@pytest.mark.parametrize(
    "part",
    ["<", "<b ", "&", "&lt;", "<![CDATA[", "<!--", "<a:b ", "<script>", "<b>", "<b a=", "<b a='", "<b a=b", "</b"],
)
def test_time_is_linear(part: str) -> None:
    plain(part * (200_000 // len(part)))
    plain("<b" + " a=b" * 50_000 + "<")
