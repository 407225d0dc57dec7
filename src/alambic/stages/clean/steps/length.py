"""Drop what is too short to teach anything, or too long to be one text."""

from collections.abc import Callable

from pydantic import NonNegativeInt, PositiveInt

from alambic.data.documents import Document


def step(
    *,
    min_characters: NonNegativeInt = 3,
    max_characters: PositiveInt = 1_000_000,
    min_words: NonNegativeInt = 1,
    max_words: PositiveInt = 200_000,
) -> Callable[[Document], Document | str]:
    """Make the step; words stand between white space."""

    def length(document: Document) -> Document | str:
        characters, words = len(document.text), len(document.text.split())
        if characters < min_characters or words < min_words:
            return "too short"
        if characters > max_characters or words > max_words:
            return "too long"
        return document

    return length
