"""Changes of a text that say where each of its characters went, so that what was marked in it stays marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from alambic.errors import UserError


@dataclass(frozen=True, order=True)
class Edit:
    """Characters `start` to `end` (not included) are replaced by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Perturbed:
    """A changed text, and the place in it of each place between characters of the text before."""

    text: str
    places: tuple[int, ...]  # (characters before + 1,), never falling

    def then(self, after: "Perturbed") -> "Perturbed":
        """Join two changes, one after the other."""
        return Perturbed(after.text, tuple(after.places[index] for index in self.places))


def unchanged(text: str) -> Perturbed:
    """Change nothing."""
    return Perturbed(text, tuple(range(len(text) + 1)))


def apply(text: str, edits: Iterable[Edit]) -> Perturbed:
    """Apply edits in the order of the text; UserError where two of them overlap.

    A place within what is replaced goes as far into the replacement as it was, its end at most.
    """
    ordered = sorted(edits)
    for edit, after in pairwise(ordered):
        if after.start < edit.end:
            raise UserError(f"two changes of one text overlap: {edit} and {after}")
    parts: list[str] = []
    places: list[int] = []
    done = size = 0
    for edit in ordered:
        parts += [text[done : edit.start], edit.text]
        places += range(size, size + edit.start - done)
        size += edit.start - done
        places += [size + min(n, len(edit.text)) for n in range(edit.end - edit.start)]
        size, done = size + len(edit.text), edit.end
    places += range(size, size + len(text) - done + 1)
    return Perturbed("".join([*parts, text[done:]]), tuple(places))
