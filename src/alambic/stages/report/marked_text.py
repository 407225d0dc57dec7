"""A text with the entities that a model found, missed, or made up."""

from dataclasses import dataclass

from markupsafe import Markup, escape

from alambic.stages.report.answers import Mention
from alambic.tasks.examples import Example

LONGEST = 420  # characters of an excerpt
AROUND = 60  # characters around the first and the last mention
SIGNS = {"right": "✓", "missed": "○", "wrong": "✗"}  # so that no colour is needed


@dataclass(frozen=True)
class _Piece:
    start: int  # characters
    end: int
    label: str
    kind: str


def excerpt(example: Example, mentions: set[Mention]) -> tuple[int, int]:
    """Choose the characters to show: around some mentions, or the beginning."""
    places = [(example.words[first][0], example.words[end - 1][1]) for first, end, _ in mentions]
    start = max(0, min((first for first, _ in places), default=0) - AROUND)
    end = min(len(example.text), max((last for _, last in places), default=LONGEST) + AROUND)
    start = example.text.rfind(" ", 0, start) + 1 if start else 0
    end = min(end, start + LONGEST)
    space = example.text.find(" ", end)  # no word is cut
    return start, len(example.text) if space < 0 else space


def marked(example: Example, gold: set[Mention], found: set[Mention], *, place: tuple[int, int]) -> Markup:
    """Write an excerpt in which each mention says whether it is right, missed or wrong.

    Of two mentions that overlap, what the model found stands before what it missed.
    """
    pieces = [*_pieces(example, found & gold, "right"), *_pieces(example, found - gold, "wrong")]
    for missed in _pieces(example, gold - found, "missed"):
        if all(missed.end <= other.start or missed.start >= other.end for other in pieces):
            pieces.append(missed)
    first, last = place
    written, at = [Markup("… " if first else "")], first
    for piece in sorted(pieces, key=lambda piece: piece.start):
        if piece.start < at or piece.end > last:
            continue
        written.append(escape(example.text[at : piece.start]))
        written.append(
            Markup('<mark class="{kind}">{text}<b>{sign} {label}</b></mark>').format(
                kind=piece.kind, text=example.text[piece.start : piece.end], sign=SIGNS[piece.kind], label=piece.label
            )
        )
        at = piece.end
    written.append(escape(example.text[at:last]))
    return Markup("").join([*written, Markup(" …" if last < len(example.text) else "")])


def _pieces(example: Example, mentions: set[Mention], kind: str) -> list[_Piece]:
    return [_Piece(example.words[first][0], example.words[end - 1][1], label, kind) for first, end, label in mentions]
