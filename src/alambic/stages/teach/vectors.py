"""One vector per teacher token, in 8 bits, with the token's place in the text: what several signals store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from transformers import AutoModel

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.models.opening import open_model, open_tokenizer
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.models.token_offsets import trimmed_ends
from alambic.stages.teach.windows import TOKENS_PER_FORWARD, cut
from alambic.stages.teach.windows import batched as by_size

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("starts", pa.list_(pa.int32())),
        ("ends", pa.list_(pa.int32())),
        ("states", pa.binary()),
        ("scales", pa.binary()),
    ]
)
VectorsOf = Callable[[dict[str, Tensor]], Tensor]
LEAST = 2.0**-24  # the smallest scale in 16 bits: a vector of zeros has one too


def capture_vectors(
    teacher: Path, make_reader: Callable[[Any], VectorsOf], *, signal: str
) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of its vectors.

    `make_reader(model)` gives the function from a batch to its vectors (windows, tokens, width). A row holds a
    document: id, starts and ends (character offsets of the n teacher tokens, special tokens left out, white space at
    their end not counted), states (n x width int8, row by row) and scales (n float16): a vector is int8 * scale.
    Documents longer than the teacher reads are cut into consecutive windows.
    """
    tokenizer = open_tokenizer(teacher)
    model = open_model(AutoModel, teacher, dtype=torch.float32).eval()
    if model.config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: {signal} needs an encoder with a fast tokenizer")
    device = device_of()
    model.to(device)
    vectors_of = make_reader(model)
    longest = window_length(model.config, tokenizer)

    def capture_documents(documents: list[Document]) -> pa.Table:
        windows = cut(tokenizer, [document.text for document in documents], longest=longest)
        parts: list[list[_Part]] = [[] for _ in documents]
        width = 0
        for batch in by_size(windows, most=TOKENS_PER_FORWARD[device.type]):
            with torch.inference_mode():
                states, scales = _in_8_bits(vectors_of(padded([window.ids for window in batch], device=device)))
            width = states.shape[-1]
            for window, codes, by in zip(batch, states, scales, strict=True):
                read = len(window.ids)
                parts[window.owner].append(_Part(window.index, window.offsets, codes[:read], by[:read]))
        rows = [_row(document, pieces) for document, pieces in zip(documents, parts, strict=True)]
        columns = zip(SCHEMA, zip(*rows, strict=True), strict=True)
        table = pa.Table.from_arrays([pa.array(values, field.type) for field, values in columns], schema=SCHEMA)
        tokens = sum(len(starts) for _, starts, *_ in rows)
        return table.replace_schema_metadata({"tokens": str(tokens), "width": str(width)})

    return capture_documents


class _Part(NamedTuple):
    """The vectors of a window of n tokens."""

    window_index: int
    offsets: np.ndarray  # (n, 2)
    states: np.ndarray  # (n, width) int8
    scales: np.ndarray  # (n,) float16


def _in_8_bits(vectors: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Round vectors (..., width) to int8 times a scale (...,), where they are: a quarter of the bytes leaves a GPU."""
    vectors = vectors.float()
    scales = (vectors.abs().amax(-1) / 127).half().clamp(min=LEAST)
    rounded = (vectors / scales.float()[..., None]).round().clamp(-127, 127)
    return rounded.to(torch.int8).cpu().numpy(), scales.cpu().numpy()


def _row(document: Document, pieces: list[_Part]) -> tuple[str, np.ndarray, np.ndarray, bytes, bytes]:
    _, *columns = zip(*sorted(pieces, key=lambda piece: piece.window_index), strict=True)
    offsets, states, scales = map(np.concatenate, columns)
    real = offsets[:, 1] > offsets[:, 0]  # special tokens cover no text
    offsets = offsets[real]
    ends = trimmed_ends(document.text, offsets)
    return document.id, offsets[:, 0], ends, states[real].tobytes(), scales[real].tobytes()
