"""Vectors of pieces from what stands next to them in a corpus: shifted positive PMI, reduced by truncated SVD.

What skip-gram with negative sampling factorises implicitly (Levy and Goldberg, 2014), in closed form: the same corpus
gives the same vectors, on few texts too, where a trained embedding depends on its seed. scikit-learn does the SVD.
"""

from collections.abc import Iterable

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

CHUNK = 1_000_000  # pairs that are held before they are summed


def piece_vectors(texts: Iterable[np.ndarray], size: int, *, width: int, window: int) -> np.ndarray:
    """Return unit vectors (size, width or less); zero for a piece that the texts do not hold."""
    weights = positive_pmi(count_pairs(texts, size, window=window))
    width = min(width, size - 1)
    reduced = TruncatedSVD(width, random_state=0)
    vectors = reduced.fit_transform(weights)
    # The square root of the spectrum balances frequent and rare directions (Levy, Goldberg and Dagan, 2015).
    scale = np.sqrt(np.maximum(reduced.singular_values_, np.finfo(float).tiny))
    return np.asarray(normalize(np.where(scale > 1e-6, vectors / scale, 0.0)))


def count_pairs(texts: Iterable[np.ndarray], size: int, *, window: int) -> sparse.csr_matrix:
    """Count how often two pieces stand at most `window` apart, in both directions, each pair by 1 / distance."""
    total = sparse.csr_matrix((size, size))
    held: list[tuple[np.ndarray, np.ndarray, float]] = []
    waiting = 0
    for ids in texts:
        for distance in range(1, min(window, len(ids) - 1) + 1):
            held.append((ids[:-distance], ids[distance:], 1 / distance))
            waiting += len(ids) - distance
        if waiting > CHUNK:
            total, held, waiting = total + _summed(held, size), [], 0
    total = total + _summed(held, size)
    return (total + total.T).tocsr()


def positive_pmi(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return max(0, log p(a, b) / (p(a) p(b))), with contexts smoothed by the power 0.75."""
    pairs = counts.tocoo()
    of_piece = np.asarray(counts.sum(axis=1)).ravel()
    of_context = of_piece**0.75
    shares = pairs.data * of_context.sum() / (of_piece[pairs.row] * of_context[pairs.col])
    return sparse.csr_matrix((np.maximum(np.log(shares), 0.0), (pairs.row, pairs.col)), shape=counts.shape)


def _summed(held: list[tuple[np.ndarray, np.ndarray, float]], size: int) -> sparse.csr_matrix:
    if not held:
        return sparse.csr_matrix((size, size))
    rows, columns = (np.concatenate([pair[side] for pair in held]) for side in (0, 1))
    weights = np.concatenate([np.full(len(left), weight) for left, _, weight in held])
    return sparse.coo_matrix((weights, (rows, columns)), shape=(size, size)).tocsr()
