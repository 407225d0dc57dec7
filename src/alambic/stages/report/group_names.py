"""What the page calls groups of examples: in both languages where it has words for them, else as the data have them."""

from alambic.data.icd10 import CHAPTERS
from alambic.stages.report.phrases import Phrase, same, section_words
from alambic.tasks.attributes import FROM_TEXT

ATTRIBUTES = (
    "sex", "age_class", "words", "source", "chapter", "year", "hand", "wording", "typing_errors",
)  # fmt: skip
GROUPS = ("female", "male", "seen", "unseen")
CHAPTER = "chapter"


def attribute_name(name: str) -> Phrase:
    """Name an attribute, and say where it was read from the text."""
    words = section_words("groups")
    plain = name.removesuffix(FROM_TEXT)
    known = words[f"attribute_{plain}"] if plain in ATTRIBUTES else same(plain)
    return words["from_text"].format(attribute=known) if name.endswith(FROM_TEXT) else known


def group_name(attribute: str, name: str) -> Phrase:
    """Name a group; a chapter of ICD-10 by its number and what it is of."""
    words = section_words("groups")
    if attribute == CHAPTER and name in CHAPTERS:
        return words["chapter"].format(number=name, title=words[f"chapter_{name}"])
    return words[f"group_{name}"] if name in GROUPS else same(name)


def group_order(attribute: str, name: str) -> tuple[int, str]:
    """Give what groups of an attribute are sorted by: chapters stand in the order of the classification."""
    chapters = list(CHAPTERS) if attribute == CHAPTER else []
    return (chapters.index(name), name) if name in chapters else (len(chapters), name)
