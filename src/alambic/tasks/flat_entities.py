"""Entities that nest and have gaps, as tags of words: a rule chooses, and every score names it.

Those that the rule leaves out stay beside the tags, for scores of entities that nest.

`flat`: which of two overlapping entities stays. `gaps`: an entity in fragments becomes the span that covers them, or
its first fragment.
"""

from collections.abc import Iterable

from alambic.data.documents import Document
from alambic.data.standoff import read_entities
from alambic.errors import UserError
from alambic.tasks.examples import Example, WordSpan
from alambic.tasks.iob2 import Offsets, Span, to_tags
from alambic.tasks.words import word_offsets


def read_spans(annotations: str, text: str, *, gaps: str) -> list[Span]:
    """Read the entities of a brat .ann file; UserError where one does not fit its text."""
    spans = []
    for entity in read_entities(annotations, text):
        starts, ends = zip(*entity.fragments, strict=True)
        start, end = entity.fragments[0] if gaps == "first" else (min(starts), max(ends))
        spans.append(Span(start, end, entity.label))
    return spans


def flatten(spans: list[Span], *, flat: str) -> list[Span]:
    """Keep the longest (or shortest) of overlapping entities; of equals, the first, then by label."""
    sign = -1 if flat == "longest" else 1
    flattened: list[Span] = []
    for span in sorted(spans, key=lambda span: (sign * (span.end - span.start), span)):
        if all(span.end <= other.start or span.start >= other.end for other in flattened):
            flattened.append(span)
    return sorted(flattened)


def on_words(words: Offsets, spans: Iterable[Span]) -> tuple[WordSpan, ...]:
    """Give the words that each span touches, each such entity once: (first word, word after the last, label)."""
    found = set()
    for span in spans:
        touched = [n for n, (start, end) in enumerate(words) if start < span.end and end > span.start]
        if touched:
            found.add((touched[0], touched[-1] + 1, span.label))
    return tuple(sorted(found))


def tagged(document: Document, *, flat: str, gaps: str) -> Example:
    """Tag the words of a document by its annotations; UserError, with its id, where one does not fit."""
    words = word_offsets(document.text)
    if (annotations := document.metadata.get("annotations")) is None:
        raise UserError(
            f"{document.id}: no annotations in its metadata ({', '.join(document.metadata) or 'none'}): expected "
            "documents of a source such as brat, quaero, e3c or annotated_texts"
        )
    try:
        spans = read_spans(annotations, document.text, gaps=gaps)
    except UserError as error:
        raise UserError(f"{document.id}: {error}") from error
    tags = to_tags(words, flatten(spans, flat=flat))
    return Example(document.id, document.text, tags, words, spans=on_words(words, spans))
