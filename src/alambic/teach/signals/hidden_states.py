"""The hidden states of an encoder, one vector per teacher token, in 8 bits, with the token's place in the text.

Stored and not computed beside the student: see docs/method.md for the measurement behind the choice.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from transformers import AutoModel, AutoTokenizer

from alambic.device import device_of
from alambic.errors import UserError
from alambic.offsets import trimmed_ends
from alambic.records import Document
from alambic.teach.windows import TOKENS_PER_FORWARD, Window, batched, cut, padded


def capture(teacher: Path, *, layer: int = -1) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of its states after `layer` (-1: the last one).

    A row holds a document: id, starts and ends (character offsets of the n teacher tokens, special tokens left out,
    white space at their end not counted), states (n x width int8, row by row) and scales (n float16): a state is
    int8 * scale. Documents longer than the teacher reads are cut into consecutive windows.
    """
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    model = AutoModel.from_pretrained(teacher, dtype=torch.float32).eval()
    if model.config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: hidden_states needs an encoder with a fast tokenizer")
    device = device_of()
    model.to(device)
    longest = min(tokenizer.model_max_length, model.config.max_position_embeddings)

    def capture_documents(documents: list[Document]) -> pa.Table:
        windows = cut(tokenizer, [document.text for document in documents], longest=longest)
        parts: list[list[tuple[int, np.ndarray, np.ndarray]]] = [[] for _ in documents]
        for batch in batched(windows, most=TOKENS_PER_FORWARD[device.type]):
            for window, states in zip(batch, _forward(model, batch, layer, device), strict=True):
                parts[window.owner].append((window.place, window.offsets, states))
        rows = [_row(document, pieces) for document, pieces in zip(documents, parts, strict=True)]
        table = pa.Table.from_pylist(rows, schema=_SCHEMA)
        tokens = sum(len(row["starts"]) for row in rows)
        width = str(model.config.hidden_size)
        return table.replace_schema_metadata({"tokens": str(tokens), "width": width})

    return capture_documents


_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("starts", pa.list_(pa.int32())),
        ("ends", pa.list_(pa.int32())),
        ("states", pa.binary()),
        ("scales", pa.binary()),
    ]
)


@torch.inference_mode()
def _forward(model: torch.nn.Module, batch: list[Window], layer: int, device: torch.device) -> list[np.ndarray]:
    """Return one array (tokens, width) of float32 per window."""
    inputs = padded([window.ids for window in batch], device)
    outputs = model(**inputs, output_hidden_states=layer != -1)
    states = outputs.last_hidden_state if layer == -1 else outputs.hidden_states[layer]
    numbers = states.float().cpu().numpy()
    return [numbers[row, : len(window.ids)] for row, window in enumerate(batch)]


def _row(document: Document, pieces: list[tuple[int, np.ndarray, np.ndarray]]) -> dict[str, Any]:
    offsets = np.concatenate([offsets for _, offsets, _ in sorted(pieces, key=lambda piece: piece[0])])
    states = np.concatenate([states for _, _, states in sorted(pieces, key=lambda piece: piece[0])])
    real = offsets[:, 1] > offsets[:, 0]  # special tokens cover no text
    offsets, states = offsets[real], states[real]
    scales = (np.abs(states).max(axis=1, initial=1e-6) / 127).astype(np.float16)
    quantised = np.rint(states / scales[:, None].astype(np.float32)).clip(-127, 127).astype(np.int8)
    return {
        "id": document.id,
        "starts": offsets[:, 0].tolist(),
        "ends": trimmed_ends(document.text, offsets).tolist(),
        "states": quantised.tobytes(),
        "scales": scales.tobytes(),
    }
