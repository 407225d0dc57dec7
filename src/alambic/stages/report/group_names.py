"""What the page calls groups of examples: in both languages where it has words for them, else as the data have them."""

import re

from alambic.stages.report.phrases import Phrase, same, section_words
from alambic.tasks.attributes import FROM_TEXT

# The words that the page has for attributes, groups and what pairs differ in; others are shown as they are.
KNOWN = (
    "attribute_sex", "attribute_age_class", "attribute_words", "attribute_source", "attribute_chapter",
    "attribute_year", "attribute_hand", "attribute_wording", "attribute_typing_errors", "group_female", "group_male",
    "group_seen", "group_unseen", "axis_sex", "axis_age", "axis_name",
)  # fmt: skip
# The chapters of ICD-10 in their order, with the words for what each is of.
CHAPTERS = {
    "I": "chapter_I", "II": "chapter_II", "III": "chapter_III", "IV": "chapter_IV", "V": "chapter_V",
    "VI": "chapter_VI", "VII": "chapter_VII", "VIII": "chapter_VIII", "IX": "chapter_IX", "X": "chapter_X",
    "XI": "chapter_XI", "XII": "chapter_XII", "XIII": "chapter_XIII", "XIV": "chapter_XIV", "XV": "chapter_XV",
    "XVI": "chapter_XVI", "XVII": "chapter_XVII", "XVIII": "chapter_XVIII", "XIX": "chapter_XIX", "XX": "chapter_XX",
    "XXI": "chapter_XXI", "XXII": "chapter_XXII",
}  # fmt: skip
CHAPTER = "chapter"  # the attribute whose groups they are
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def attribute_name(name: str) -> Phrase:
    """Name an attribute, and say where it was read from the text."""
    words = section_words("groups")
    plain = name.removesuffix(FROM_TEXT)
    known = words[f"attribute_{plain}"] if f"attribute_{plain}" in KNOWN else same(plain)
    return words["from_text"].format(attribute=known) if name.endswith(FROM_TEXT) else known


def group_name(attribute: str, name: str) -> Phrase:
    """Name a group; a chapter of ICD-10 by its number and what it is of."""
    words = section_words("groups")
    if attribute == CHAPTER and name in CHAPTERS:
        return words["chapter"].format(number=name, title=words[CHAPTERS[name]])
    return words[f"group_{name}"] if f"group_{name}" in KNOWN else same(name)


def group_order(attribute: str, name: str) -> tuple[float, bool, str]:
    """Give what groups of an attribute are sorted by: chapters as in the classification, numbers by their size.

    "≤ 2" comes before "> 2, ≤ 4", and "2-17" before "18-64".
    """
    if attribute == CHAPTER and name in CHAPTERS:
        return float(list(CHAPTERS).index(name)), False, name
    number = NUMBER.search(name)
    return float(number[0]) if number else float("inf"), not name.startswith("≤"), name
