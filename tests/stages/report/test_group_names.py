"""Groups are called by what they are, and stand in their natural order."""

import pytest

from alambic.stages.report.group_names import attribute_name, group_name, group_order


@pytest.mark.parametrize(
    ("attribute", "ordered"),
    [
        ("chapter", ["I", "V", "IX", "XIX", "XX", "XXII", "none"]),
        ("words", ["≤ 2", "> 2, ≤ 10", "> 10"]),
        ("age_class", ["0-1", "2-17", "18-64", "65+"]),
        ("sex", ["female", "male"]),
    ],
)
def test_groups_stand_in_their_natural_order(attribute: str, ordered: list[str]) -> None:
    assert sorted(sorted(ordered), key=lambda name: group_order(attribute, name)) == ordered


def test_a_chapter_is_named_in_both_languages_and_a_group_that_has_no_words_as_it_is() -> None:
    chapter = group_name("chapter", "IX")
    assert (chapter.plain("en"), chapter.plain("fr")) == ("IX, circulatory system", "IX, appareil circulatoire")
    assert group_name("ward", "IX").plain("fr") == "IX" and group_name("wording", "unseen").plain("fr") == "non vue"
    assert attribute_name("sex (from the text)").plain("fr") == "sexe (d’après le texte)"
