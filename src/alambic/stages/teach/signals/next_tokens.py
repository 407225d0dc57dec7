"""What a causal teacher expects as each next token: a sketch of its distribution, and what it gave to the actual one.

The largest probabilities are stored as they are, in 8 bits, and the rest as an unbiased sample: the gradient of forward
KL is right in expectation (`alambic.data.sketch`).
The measurement behind the default numbers: docs/notes/bytes-per-token.md.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import torch
from pydantic import Field, NonNegativeInt, PositiveInt
from transformers import AutoModelForCausalLM

from alambic.data.documents import Document
from alambic.data.sketch_columns import COLUMNS
from alambic.errors import UserError
from alambic.models.causal import first_token, output_layer
from alambic.models.device import device_of, reading_dtype
from alambic.models.opening import open_model, open_tokenizer
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.stages.teach.token_distributions import Columns, as_columns, expected, seeded
from alambic.stages.teach.windows import TOKENS_PER_FORWARD, Window, batched, cut_documents

TOKEN_IDS = True  # holds ids of the teacher's vocabulary: its student's tokenizer must be based on that
ARCHITECTURES = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")  # of its teacher


def capture(
    teacher: Path,
    *,
    top: PositiveInt = 6,
    sampled: NonNegativeInt = 28,
    seed: NonNegativeInt = 0,
    longest: Annotated[int, Field(ge=8)] = 2048,
) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of its expectations.

    A row holds a document of n teacher tokens: id, ends (character at which each token ends), and in the columns of
    `alambic.data.sketch_columns` the sketch of what was expected in the place of each token, its entropy, and the
    log-probability of the token itself.
    Where the teacher has a token that ends texts, a document's last token is that one, a character after the text.
    Documents longer than the teacher or `longest` reads are cut into consecutive windows, each without the one before.
    """
    tokenizer = open_tokenizer(teacher)
    device = device_of()
    model = open_model(AutoModelForCausalLM, teacher, dtype=reading_dtype()).eval().to(device)
    if model.config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: next_tokens needs a causal model with a fast tokenizer")
    start = first_token(tokenizer)
    table = output_layer(model)
    read = window_length(model.config, wanted=longest) - 1

    def capture_documents(documents: list[Document]) -> pa.Table:
        windows = cut_documents(tokenizer, [document.text for document in documents], longest=read)
        parts: list[list[tuple[Window, Columns]]] = [[] for _ in documents]
        for batch in batched(windows, most=TOKENS_PER_FORWARD[device.type]):
            inputs = padded([[start, *window.ids[:-1]] for window in batch], device=device)
            with torch.inference_mode():
                states = model.base_model(**inputs).last_hidden_state
                mine = [states[row, : len(window.ids)] for row, window in enumerate(batch)]
                seeds = [seeded(seed, documents[window.owner].id, window.index) for window in batch]
                distributions = expected(
                    mine, table, [window.ids for window in batch], top=top, sampled=sampled, seeds=seeds
                )
            for window, columns in zip(batch, distributions, strict=True):
                parts[window.owner].append((window, columns))
        rows = [_row(document, pieces) for document, pieces in zip(documents, parts, strict=True)]
        table_of_rows = pa.Table.from_pylist(rows, schema=_SCHEMA)
        facts = {
            "tokens": sum(len(row["ends"]) for row in rows),
            "top": top,
            "sampled": sampled,
            "vocabulary": len(table),
        }
        return table_of_rows.replace_schema_metadata({name: str(value) for name, value in facts.items()})

    return capture_documents


_SCHEMA = pa.schema([("id", pa.string()), ("ends", pa.list_(pa.int32())), *((name, pa.binary()) for name in COLUMNS)])


def _row(document: Document, pieces: list[tuple[Window, Columns]]) -> dict[str, Any]:
    pieces = sorted(pieces, key=lambda piece: piece[0].index)
    ends = [int(end) for window, _ in pieces for end in window.offsets[:, 1]]
    tokens, parts = [window.ids for window, _ in pieces], [columns for _, columns in pieces]
    return {"id": document.id, "ends": ends, **as_columns(tokens, parts)}
