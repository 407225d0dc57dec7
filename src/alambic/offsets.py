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
