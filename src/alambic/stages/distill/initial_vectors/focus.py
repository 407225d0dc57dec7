"""FOCUS: a new piece starts between the kept pieces that are used like it (Dobler and de Melo, 2023, 2305.14481).

"Used like it" is the cosine of vectors learnt on the student's own text; sparsemax turns cosines into a few weights.
The paper trains fastText for these vectors. Here they come from co-occurrences in closed form: no dependency besides
scikit-learn, no seed, and good on small corpora. A piece that the text does not hold starts from its parts.
"""

import numpy as np
from pydantic import PositiveInt
from scipy import sparse

from alambic.stages.distill.student.cooccurrence import piece_vectors
from alambic.stages.distill.student.vocabulary import Vocabulary

AT_ONCE = 256  # new pieces whose cosines with all kept ones are held


def combine(vocabulary: Vocabulary, *, width: PositiveInt = 200, window: PositiveInt = 5) -> sparse.csr_matrix:
    """Return the weight of each of the teacher's pieces in each new piece, (added, teacher's pieces)."""
    vectors = piece_vectors(vocabulary.texts(), vocabulary.size, width=width, window=window)
    anchors, seen = vocabulary.anchors(vectors)
    rows = [
        sparse.csr_matrix(sparsemax(vectors[seen[start : start + AT_ONCE]] @ vectors[anchors].T))
        for start in range(0, len(seen), AT_ONCE)
    ]
    return vocabulary.mixed(seen, anchors, rows)


def sparsemax(scores: np.ndarray) -> np.ndarray:
    """Project each row (n, k) onto the probability simplex (Martins and Astudillo, 2016, algorithm 1)."""
    ordered = -np.sort(-scores, axis=1)
    sums = ordered.cumsum(axis=1)
    places = np.arange(1, scores.shape[1] + 1)
    support = (1 + places * ordered > sums).sum(axis=1, keepdims=True)
    threshold = (np.take_along_axis(sums, support - 1, axis=1) - 1) / support
    return np.maximum(scores - threshold, 0.0)
