"""Where tokens lie in a text, said the same way for every tokenizer."""

import numpy as np


def trimmed_ends(text: str, offsets: np.ndarray) -> np.ndarray:
    """Give where tokens end, white space at their end left out: tokenizers differ in which side a space belongs to."""
    ends = offsets[:, 1].copy()
    for place, (start, end) in enumerate(offsets):
        while end > start and text[end - 1].isspace():
            end -= 1
        ends[place] = end
    return ends


def trimmed_spans(text: str, offsets: np.ndarray) -> np.ndarray:
    """Give where tokens begin and end (n, 2), white space on both sides left out; empty where there is nothing else."""
    begins, ends = offsets[:, 0].copy(), trimmed_ends(text, offsets)
    for place, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        while begin < end and text[begin].isspace():
            begin += 1
        begins[place] = begin
    return np.stack([begins, ends], axis=1)
