"""Where tokens lie in a text, measured the same way for every tokenizer."""

import unicodedata

import numpy as np


def trimmed_ends(text: str, offsets: np.ndarray) -> np.ndarray:
    """Give where tokens end, white space at their end left out: tokenizers differ in which side a space belongs to."""
    if not len(offsets):
        return offsets[:, 1].copy()
    begin, end = int(offsets[:, 0].min()), int(offsets[:, 1].max())
    spaces = np.fromiter(map(str.isspace, text[begin:end]), bool, end - begin)
    # Where what is shown before each place ends.
    last = np.maximum.accumulate(np.append(0, np.where(spaces, 0, np.arange(1, len(spaces) + 1))))
    return np.maximum(offsets[:, 0], begin + last[offsets[:, 1] - begin])


def trimmed_spans(text: str, offsets: np.ndarray) -> np.ndarray:
    """Give where tokens begin and end (n, 2), white space on both sides left out; empty where there is nothing else."""
    ends = trimmed_ends(text, offsets)
    if not len(offsets):
        return np.stack([offsets[:, 0], ends], axis=1)
    begin, end = int(offsets[:, 0].min()), int(offsets[:, 1].max())
    spaces = np.fromiter(map(str.isspace, text[begin:end]), bool, end - begin)
    # The next place that is shown, from each place on.
    places = np.append(np.where(spaces, end - begin, np.arange(end - begin)), end - begin)
    following = begin + np.minimum.accumulate(places[::-1])[::-1]
    return np.stack([np.minimum(following[offsets[:, 0] - begin], ends), ends], axis=1)


def whole_ends(text: str, ends: np.ndarray) -> np.ndarray:
    """Move the ends of tokens past the marks that follow a letter: a tokenizer that composes them ends before or after.

    What is a letter and a mark for one tokenizer is one letter for another, so that nobody may end between the two.
    """
    if text.isascii() or not any(map(unicodedata.combining, text)):
        return ends
    moved = ends.copy()
    for index, end in enumerate(ends):
        while end < len(text) and end and unicodedata.combining(text[end]):
            end += 1
        moved[index] = end
    return moved
