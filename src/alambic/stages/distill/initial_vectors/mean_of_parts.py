"""The mean of the teacher's vectors of the pieces into which the base cuts a new piece."""

from scipy import sparse

from alambic.stages.distill.student.vocabulary import Vocabulary


def combine(vocabulary: Vocabulary) -> sparse.csr_matrix:
    """Return the weight of each of the teacher's pieces in each new piece, (added, teacher's pieces)."""
    return vocabulary.parts(vocabulary.added)
