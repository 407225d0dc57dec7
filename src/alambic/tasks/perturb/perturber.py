"""Texts as they are really written: slips of the keyboard, lost accents, abbreviations, misread letters."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from random import Random
from typing import Any

from alambic.tasks.perturb.edits import Edit, Perturbed, apply, unchanged
from alambic.tasks.perturb.lexicon import Lexicon, Side

Change = Callable[[str, Random, Lexicon], list[Edit]]


class Perturber:
    """Some perturbations, one after the other.

    What is drawn depends on the text's key and the side alone: training and test never share a draw.
    """

    def __init__(self, chosen: Mapping[str, Mapping[str, Any]], *, side: Side, lexicon: Lexicon) -> None:
        self.side, self.lexicon = side, lexicon.of(side)
        self.changes: dict[str, Change] = {
            name: partial(import_module(f"alambic.tasks.perturb.perturbations.{name}").edits, **options)
            for name, options in chosen.items()
        }

    def __call__(self, text: str, key: str) -> Perturbed:
        """Change one text."""
        changed = unchanged(text)
        for name, change in self.changes.items():
            draws = Random(f"{self.side}/{name}/{key}".encode(errors="surrogatepass"))
            changed = changed.then(apply(changed.text, change(changed.text, draws, self.lexicon)))
        return changed
