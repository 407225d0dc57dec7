"""The queries, keys and values of one layer of an encoder, one triple per teacher token, in 8 bits.

What MiniLMv2 learns from (Wang et al. 2021, arXiv 2012.15828): the last layer of a teacher of base size; of a large
one, a layer some way below the last. Three times the bytes of `hidden_states`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from torch import Tensor

from alambic.data.documents import Document
from alambic.models.attention import AttentionVectors
from alambic.stages.teach.vectors import VectorsOf, capture_vectors

LAYERS = "without_embeddings"  # which `layer` may be


def capture(teacher: Path, *, layer: int = -1) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of what the attention of `layer` compares."""

    def make_reader(model: Any) -> VectorsOf:
        vectors = AttentionVectors(model, layer)

        def vectors_of(inputs: dict[str, Tensor]) -> Tensor:
            model(**inputs)
            return vectors.read()

        return vectors_of

    return capture_vectors(teacher, make_reader, signal="attention_vectors")
