"""The words of a text without signs, capitals and accents, and runs of them."""

from collections.abc import Sequence

from alambic.tasks.words import folded_words, word_offsets


def plain_words(text: str) -> list[str]:
    """Give the words of a text, folded, without signs: "L'os, 2 fois." -> ["l", "os", "2", "fois"]."""
    return [word for word in folded_words(text, word_offsets(text)) if word[:1].isalnum()]


def has_run(words: Sequence[str], run: Sequence[str]) -> bool:
    """Tell whether the words of a run stand in `words`, one after the other; never of an empty run."""
    size, wanted = len(run), tuple(run)
    return size > 0 and any(
        words[place] == wanted[0] and tuple(words[place : place + size]) == wanted for place in range(len(words))
    )
