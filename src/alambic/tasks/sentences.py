"""Where sentences of French prose end: after a full stop, but not after an abbreviation such as "Dr." or an initial."""

import re
from collections.abc import Iterator

from alambic.tasks.words import fold

END = re.compile(r"[.!?…]+[\"’)\]]*(?:\s?[»”])*\s+|\s*\n\s*")
LAST_WORD = re.compile(r"([^\W_]+)\.$")
# Folded. Of those that end sentences as often, such as "etc." and "mg.", none is here.
ABBREVIATIONS = re.compile(
    r"m|mm|mme|mlle|dr|pr|prof|st|ste|cf|ex|fig|tab|p|pp|vol|n|no|art|chap|env|av|apr|al|vs|resp|min|max|tel|spp?"
)


def sentences(text: str) -> list[str]:
    """Split a text into its sentences, without the white space around them; a line's end ends one too.

    "Vu par le Dr. Roux. Pas de toux." -> ["Vu par le Dr. Roux.", "Pas de toux."]
    """
    return [sentence for sentence in (text[start:end].strip() for start, end in _spans(text)) if sentence]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in END.finditer(text):
        if "\n" in match[0] or _ends(text[start : match.end()].rstrip(), text[match.end() : match.end() + 1]):
            yield start, match.end()
            start = match.end()
    yield start, len(text)


def _ends(before: str, after: str) -> bool:
    """Tell whether what was read up to a stop is a sentence, by its last word and by the letter that follows."""
    if after.islower():
        return False
    word = LAST_WORD.search(before)
    if word is None:
        return True
    initial = len(word[1]) == 1 and word[1].isupper()
    return not initial and ABBREVIATIONS.fullmatch(fold(word[1])) is None
