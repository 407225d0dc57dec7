"""Find what points at a person in a text: once by each pattern, then again in what is left, until nothing is found."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from alambic.stages.clean.personal.addresses import addresses
from alambic.stages.clean.personal.births import births
from alambic.stages.clean.personal.links import links
from alambic.stages.clean.personal.names import again, names, words_of
from alambic.stages.clean.personal.numbers import Span, numbers
from alambic.stages.clean.personal.tables import in_tables

KINDS = (
    "NOM", "ADRESSE", "TELEPHONE", "COURRIEL", "NIR", "RPPS", "FINESS", "IDENTIFIANT", "DATE_NAISSANCE", "IBAN", "IP",
    "URL", "PERSONNEL",
)  # fmt: skip
Values = Iterable[tuple[str, str]]
ROUNDS = 12  # what is masked may uncover more: two are enough for all but made-up texts


def find(text: str, known: frozenset[str] = frozenset(), values: Values = (), keep: Iterable[str] = ()) -> list[Span]:
    """List what is found, in the order of the text, without overlaps.

    `known` are words of names, folded; `values` are texts that are personal wherever they stand, and their kinds. What
    is masked is looked at again, so that masking a masked text changes nothing.
    """
    kept, spans = frozenset(keep), list[Span]()
    for _ in range(ROUNDS):
        seen, origins = masked_with_origins(text, spans)
        found = _once(seen, known, values, kept)
        if not found:
            break
        known |= {word for a, b, kind in found if kind == "NOM" for word in words_of(seen[a:b])}
        spans = _merged(text, [*spans, *((origins(a)[0], origins(b - 1)[1], kind) for a, b, kind in found)])
    return spans


def masked(text: str, spans: Iterable[Span]) -> str:
    """Put <KIND> in the place of each span: "Dr Martin", [(3, 9, "NOM")] -> "Dr <NOM>"."""
    parts, done = [], 0
    for start, end, kind in spans:
        parts += [text[done:start], f"<{kind}>"]
        done = end
    return "".join([*parts, text[done:]])


def masked_with_origins(text: str, spans: list[Span]) -> tuple[str, Callable[[int], tuple[int, int]]]:
    """Mask a text; give also where a character of it comes from: a mark comes from its whole span."""
    starts, origins, length, done = [0], [(0, 0)], 0, 0
    for start, end, kind in spans:
        length += start - done
        starts += [length, length + len(kind) + 2]
        origins += [(start, end), (end, 0)]
        length, done = length + len(kind) + 2, end

    def origin(place: int) -> tuple[int, int]:
        piece = bisect_right(starts, place) - 1
        first, last = origins[piece]
        offset = first + place - starts[piece]
        return (first, last) if piece % 2 else (offset, offset + 1)

    return masked(text, spans), origin


def _once(text: str, known: frozenset[str], values: Values, kept: frozenset[str]) -> list[Span]:
    found = [span for span in _candidates(text, known, values) if span[2] not in kept]
    return [span for span in _merged(text, found) if _MARKS.sub("", text[span[0] : span[1]]).strip()]


_MARKS = re.compile(f"<(?:{'|'.join(KINDS)})>|[^\\w]")


def _candidates(text: str, known: frozenset[str], values: Values) -> Iterator[Span]:
    """Give all that is found, the surest first."""
    for value, kind in values:
        for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE):
            yield match.start(), match.end(), kind
    yield from numbers(text)
    yield from births(text)
    yield from addresses(text)
    cells = list(in_tables(text))
    yield from cells
    found = [*names(text), *((start, end) for start, end, kind in cells if kind == "NOM")]
    yield from ((start, end, "NOM") for start, end in found)
    words = known | {word for start, end in found for word in words_of(text[start:end])}
    yield from ((start, end, "NOM") for start, end in again(text, words))
    yield from links(text, words)


def _merged(text: str, spans: list[Span]) -> list[Span]:
    """Join spans that overlap, and names in a row; the kind is that of the one given first."""
    joined: list[Span] = []
    best = 0
    for rank, (start, end, kind) in sorted(enumerate(spans), key=lambda item: (item[1][0], item[0])):
        last = joined[-1] if joined else None
        if last and (start < last[1] or (kind == last[2] == "NOM" and text[last[1] : start] in _JOINS)):
            joined[-1] = (last[0], max(end, last[1]), last[2] if best <= rank else kind)
            best = min(best, rank)
        else:
            joined.append((start, end, kind))
            best = rank
    return joined


_JOINS = ("", " ", "\u00a0", "  ", "-", " - ")
