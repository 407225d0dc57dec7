"""Into how many tokens a model cuts what it answers to: where words fall to pieces, scores tend to fall."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from alambic.models.text_tokens import tokenize
from alambic.tasks.examples import Example


def token_counts(tokenizer: Any, examples: Sequence[Example]) -> list[list[int]]:
    """Count the tokens of each word of an example whose words have answers, or of its text; none of an image."""
    if any(example.image is not None for example in examples):
        return [[] for _ in examples]
    read = tokenize(tokenizer, [example.text for example in examples])
    counts = []
    for example, tokens in zip(examples, read, strict=True):
        if example.words:
            starts, ends = np.asarray(example.words).T
            begun = np.searchsorted(tokens.offsets[:, 0], ends, side="left")
            over = np.searchsorted(tokens.ends, starts, side="right")
            counts.append([int(count) for count in np.maximum(begun - over, 0)])
        else:
            counts.append([len(tokens.ids)])
    return counts
