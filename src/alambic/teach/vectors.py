"""One vector per teacher token, in 8 bits, with the token's place in the text: what several signals store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from alambic.device import device_of
from alambic.errors import UserError
from alambic.offsets import trimmed_ends
from alambic.records import Document
from alambic.teach.windows import TOKENS_PER_FORWARD, cut, padded
from alambic.teach.windows import batched as by_size

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("starts", pa.list_(pa.int32())),
        ("ends", pa.list_(pa.int32())),
        ("states", pa.binary()),
        ("scales", pa.binary()),
    ]
)
Says = Callable[[dict[str, Tensor]], Tensor]


def capture_vectors(teacher: Path, hear: Callable[[Any], Says], *, signal: str) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of the vectors (windows, tokens, width) that it says.

    `hear(model)` gives the function from a batch to these vectors. A row holds a document: id, starts and ends
    (character offsets of the n teacher tokens, special tokens left out, white space at their end not counted), states
    (n x width int8, row by row) and scales (n float16): a vector is int8 * scale. Documents longer than the teacher
    reads are cut into consecutive windows.
    """
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    model = AutoModel.from_pretrained(teacher, dtype=torch.float32).eval()
    if model.config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: {signal} needs an encoder with a fast tokenizer")
    device = device_of()
    model.to(device)
    says = hear(model)
    longest = min(tokenizer.model_max_length, model.config.max_position_embeddings)

    def capture_documents(documents: list[Document]) -> pa.Table:
        windows = cut(tokenizer, [document.text for document in documents], longest=longest)
        parts: list[list[tuple[int, np.ndarray, np.ndarray]]] = [[] for _ in documents]
        width = 0
        for batch in by_size(windows, most=TOKENS_PER_FORWARD[device.type]):
            with torch.inference_mode():
                said = says(padded([window.ids for window in batch], device)).float().cpu().numpy()
            width = said.shape[-1]
            for window, vectors in zip(batch, said, strict=True):
                parts[window.owner].append((window.place, window.offsets, vectors[: len(window.ids)]))
        rows = [_row(document, pieces) for document, pieces in zip(documents, parts, strict=True)]
        table = pa.Table.from_pylist(rows, schema=SCHEMA)
        tokens = sum(len(row["starts"]) for row in rows)
        return table.replace_schema_metadata({"tokens": str(tokens), "width": str(width)})

    return capture_documents


def _row(document: Document, pieces: list[tuple[int, np.ndarray, np.ndarray]]) -> dict[str, Any]:
    offsets = np.concatenate([offsets for _, offsets, _ in sorted(pieces, key=lambda piece: piece[0])])
    vectors = np.concatenate([vectors for _, _, vectors in sorted(pieces, key=lambda piece: piece[0])])
    real = offsets[:, 1] > offsets[:, 0]  # special tokens cover no text
    offsets, vectors = offsets[real], vectors[real]
    scales = (np.abs(vectors).max(axis=1, initial=1e-6) / 127).astype(np.float16)
    quantised = np.rint(vectors / scales[:, None].astype(np.float32)).clip(-127, 127).astype(np.int8)
    return {
        "id": document.id,
        "starts": offsets[:, 0].tolist(),
        "ends": trimmed_ends(document.text, offsets).tolist(),
        "states": quantised.tobytes(),
        "scales": scales.tobytes(),
    }
