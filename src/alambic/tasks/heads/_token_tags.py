"""How the tag of a word becomes the tags of its tokens, whether it is known or only likely."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alambic.models.word_tokens import WordTokens


@dataclass(frozen=True)
class TagRules:
    """What of the probabilities (labels,) of a word's tags holds for a token that does not begin it."""

    within: np.ndarray  # (labels, labels) of a token that goes on with a word: what begins an entity goes on with it
    before: np.ndarray  # (labels, labels) of a token before a word: it is within an entity that the word goes on with

    @classmethod
    def of(cls, labels: Sequence[str]) -> "TagRules":
        """Make those of IOB2 tags, "O" first."""
        numbers = {label: number for number, label in enumerate(labels)}
        within, before = (np.zeros((len(labels), len(labels)), np.float32) for _ in range(2))
        for label, number in numbers.items():
            begins = label.startswith("B-")
            within[number, numbers.get(f"I-{label[2:]}", number) if begins else number] = 1
            before[number, 0 if begins else number] = 1
        return cls(within, before)

    def of_tokens(self, covered: WordTokens, words: np.ndarray) -> np.ndarray:
        """Give targets of n tokens (n, labels) from those of words (w, labels); zeros where nothing is known.

        A token that stands for several words takes the tag of the one that is least likely outside of an entity. One
        that stands for none, such as a blank, is within an entity only where the next word goes on with it.
        """
        targets = np.zeros((len(covered.first), words.shape[1]), np.float32)
        chosen = covered.first.copy()
        for token in np.flatnonzero(covered.last > covered.first):
            some = words[covered.first[token] : covered.last[token] + 1].astype(np.float32)
            outside = np.where(some.any(axis=1), some[:, 0], np.inf)
            chosen[token] += outside.argmin()
        covers = chosen >= 0
        targets[covers] = words[chosen[covers]]
        goes_on = covers & covered.continues & (chosen == covered.first)
        targets[goes_on] = targets[goes_on] @ self.within
        ahead = ~covers & (covered.following < len(words))
        targets[ahead] = words[covered.following[ahead]].astype(np.float32) @ self.before
        targets[~covers & (covered.following >= len(words)), 0] = 1
        return targets.astype(words.dtype)
