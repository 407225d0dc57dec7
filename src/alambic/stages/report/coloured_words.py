"""A text whose words are coloured by how much each speaks for an answer, or against it."""

from collections.abc import Sequence

from markupsafe import Markup, escape

LEVELS = 4  # of colour: the strongest word of a text has the last one
WEAKEST = 0.1  # of the strongest value: below it a word has no colour


def coloured(text: str, words: Sequence[tuple[int, int]], values: Sequence[float], *, longest: int) -> Markup:
    """Write the beginning of a text; each word that counts is a <mark>, whose class says its side and its strength."""
    strongest = max((abs(value) for value in values), default=0.0)
    written, at = [Markup("")], 0
    for (start, end), value in zip(words, values, strict=True):
        if end > longest:
            break
        written.append(escape(text[at:start]))
        share = abs(value) / strongest if strongest else 0.0
        level = min(LEVELS, 1 + int(LEVELS * share))
        side = "for" if value > 0 else "against"
        word = escape(text[start:end])
        written.append(
            Markup('<mark class="{} level{}">{}</mark>').format(side, level, word) if share >= WEAKEST else word
        )
        at = end
    rest = text[at:longest]
    return Markup("").join([*written, escape(rest), Markup(" …" if len(text) > longest else "")])
