"""Orthogonal matching pursuit, as in mergekit's tokensurgeon (Goddard and Fernandes Neto, 2025, 2506.06607).

A new piece is rebuilt from a few kept pieces in a space where both have vectors, and the same combination of the
teacher's vectors is its start. There the space is another model that knows the piece; no model knows pieces learnt on
one's own corpus, so that it is the corpus's co-occurrences here. scikit-learn does the pursuit. A piece that the text
does not hold starts from its parts.
"""

import numpy as np
from pydantic import PositiveInt
from scipy import sparse
from sklearn.linear_model import orthogonal_mp_gram

from alambic.stages.distill.student.cooccurrence import piece_vectors
from alambic.stages.distill.student.vocabulary import Vocabulary

NEAREST = 256  # kept pieces among which the pursuit chooses: the whole vocabulary's Gram matrix would fill memory


def combine(
    vocabulary: Vocabulary, *, most: PositiveInt = 16, width: PositiveInt = 200, window: PositiveInt = 5
) -> sparse.csr_matrix:
    """Return the weight of each of the teacher's pieces in each new piece, at most `most` of them not zero."""
    vectors = piece_vectors(vocabulary.texts(), vocabulary.size, width=width, window=window)
    anchors, seen = vocabulary.anchors(vectors)
    atoms = vectors[anchors]
    return vocabulary.mixed(seen, anchors, [pursue(atoms, vectors[piece], most=most) for piece in seen])


def pursue(atoms: np.ndarray, target: np.ndarray, *, most: int) -> sparse.csr_matrix:
    """Return the coefficients (1, atoms) of the unit vectors `atoms` that rebuild `target` best, greedily."""
    cosines = atoms @ target
    near = np.argsort(-np.abs(cosines), kind="stable")[:NEAREST]
    chosen = min(most, len(near), atoms.shape[1])
    weights = orthogonal_mp_gram(atoms[near] @ atoms[near].T, cosines[near], n_nonzero_coefs=chosen)
    return sparse.csr_matrix((weights, (np.zeros(len(near), int), near)), shape=(1, len(atoms)))
