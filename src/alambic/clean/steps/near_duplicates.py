"""Keep the first of the texts that share most of their runs of words.

datasketch (https://ekzhu.com/datasketch), because it is maintained, tested, and needs NumPy alone: MinHash estimates
the Jaccard similarity of two sets of word runs (Broder 1997), and locality-sensitive hashing finds the candidates
without comparing every pair. Text-dedup and datatrove do the same at a scale that wants its own jobs.

Labels of a classification differ by one word that changes everything ("bénigne", "maligne"): texts of fewer than
`min_words` words pass untouched.
"""

from collections.abc import Callable
from typing import Annotated

import numpy as np
from datasketch import MinHash, MinHashLSH
from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.clean.folding import folded_words
from alambic.records import Document


def step(
    *,
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.8,
    words_per_shingle: PositiveInt = 3,
    permutations: Annotated[int, Field(ge=16)] = 128,
    min_words: NonNegativeInt = 20,
    seed: PositiveInt = 1,
) -> Callable[[Document], Document | str]:
    """Make the step; `threshold` is the similarity from which the later text is dropped.

    It remembers every text of `min_words` words that it kept: about 6 kB each with 128 permutations, 60 GB for 10
    million texts.
    """
    empty = MinHash(num_perm=permutations, seed=seed)
    # Candidates are compared below, so that it is worth having too many of them rather than missing some.
    index = MinHashLSH(threshold=threshold, num_perm=permutations, weights=(0.1, 0.9))
    sketches: list[np.ndarray] = []

    def near_duplicates(document: Document) -> Document | str:
        words = folded_words(document.text)
        if len(words) < min_words:
            return document
        sketch = empty.copy()
        sketch.update_batch(shingles(words, words_per_shingle))
        for candidate in index.query(sketch):
            if np.mean(sketches[candidate] == sketch.hashvalues) >= threshold:
                return "near duplicate"
        index.insert(len(sketches), sketch, check_duplication=False)
        sketches.append(sketch.hashvalues)
        return document

    return near_duplicates


def shingles(words: list[str], length: int) -> list[bytes]:
    """List every run of `length` words; all the words when there are fewer."""
    starts = range(max(1, len(words) - length + 1))
    return [" ".join(words[start : start + length]).encode("utf-8", "surrogatepass") for start in starts]
