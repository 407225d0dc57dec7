"""The hidden states of an encoder, one vector per teacher token, in 8 bits, with the token's place in the text.

Stored and not computed online: see docs/notes/bytes-per-token.md for the measurement behind the choice.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from torch import Tensor

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.stages.teach.vectors import VectorsOf, capture_vectors

LAYERS = "with_embeddings"  # which `layer` may be: 0 stands for the embeddings


def capture(teacher: Path, *, layer: int = -1) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of its states after `layer` (-1: the last one)."""

    def make_reader(model: Any) -> VectorsOf:
        last = int(model.config.num_hidden_layers)
        if not -last - 1 <= layer <= last:
            raise UserError(
                f"hidden_states: layer {layer}: this teacher has {last} layers: expected a number from {-last - 1} to "
                f"{last}"
            )

        def states(inputs: dict[str, Tensor]) -> Tensor:
            outputs = model(**inputs, output_hidden_states=layer != -1)
            vectors: Tensor = outputs.last_hidden_state if layer == -1 else outputs.hidden_states[layer]
            return vectors

        return states

    return capture_vectors(teacher, make_reader, signal="hidden_states")
