"""What a causal teacher expects as each next token: a sketch of its distribution, and what it gave to the actual one.

The largest probabilities are stored as they are, in 8 bits, and the rest as an unbiased sample: the gradient of forward
KL is right in expectation (`alambic.sketch`). docs/method.md has the measurement behind the numbers kept.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import torch
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.causal import first_token, output_layer
from alambic.device import device_of
from alambic.errors import UserError
from alambic.records import Document
from alambic.sketch import sketch
from alambic.teach.windows import TOKENS_PER_FORWARD, Window, batched, cut, padded

# Bytes of the logits that are held at once.
LOGITS_BYTES = {"cpu": 2**26, "cuda": 2**30}

Columns = dict[str, np.ndarray]  # each (n, ...) for the n tokens of a window


def capture(
    teacher: Path,
    *,
    top: PositiveInt = 10,
    sampled: NonNegativeInt = 10,
    seed: NonNegativeInt = 0,
    longest: Annotated[int, Field(ge=8)] = 2048,
) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of its expectations.

    A row holds a document of n teacher tokens: id, ends (character at which each token ends), and as bytes, row by row:
    tokens (n ids), labels (n float16, log-probability of the token itself), entropies (n float16, nats), top (n x `top`
    ids), codes (n x `top` uint8), sampled (n x `sampled` ids) and tails (n uint16). Ids take 2 bytes where the
    vocabulary allows, else 4.
    Documents longer than the teacher or `longest` reads are cut into consecutive windows, each without the one before.
    """
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    device = device_of()
    dtype = torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported(False) else torch.float32
    model = AutoModelForCausalLM.from_pretrained(teacher, dtype=dtype).eval().to(device)
    if model.config.is_encoder_decoder or not tokenizer.is_fast:
        raise UserError(f"{teacher}: next_tokens needs a causal model with a fast tokenizer")
    start = first_token(tokenizer)
    table = output_layer(model)
    ids = np.uint16 if len(table) <= 2**16 else np.uint32
    read = min(longest, getattr(model.config, "max_position_embeddings", longest)) - 1

    def capture_documents(documents: list[Document]) -> pa.Table:
        windows = cut(tokenizer, [document.text for document in documents], longest=read, special=False)
        parts: list[list[tuple[Window, Columns]]] = [[] for _ in documents]
        for batch in batched([w for w in windows if w.ids], most=TOKENS_PER_FORWARD[device.type]):
            inputs = padded([[start, *window.ids] for window in batch], device)
            with torch.inference_mode():
                states = model.base_model(**inputs).last_hidden_state
                for row, window in enumerate(batch):
                    generator = _generator(seed, documents[window.owner].id, window.place)
                    draws = torch.rand(len(window.ids), top + 2, generator=generator).to(device)
                    said = _said(states[row, : len(window.ids)], table, window.ids, top, sampled, draws)
                    parts[window.owner].append((window, said))
        rows = [_row(document, pieces, ids) for document, pieces in zip(documents, parts, strict=True)]
        table_of_rows = pa.Table.from_pylist(rows, schema=_SCHEMA)
        facts = {
            "tokens": sum(len(row["ends"]) for row in rows),
            "top": top,
            "sampled": sampled,
            "vocabulary": len(table),
        }
        return table_of_rows.replace_schema_metadata({name: str(value) for name, value in facts.items()})

    return capture_documents


_BYTES = ("tokens", "labels", "entropies", "top", "codes", "sampled", "tails")
_SCHEMA = pa.schema([("id", pa.string()), ("ends", pa.list_(pa.int32())), *((name, pa.binary()) for name in _BYTES)])


def _generator(seed: int, document: str, place: int) -> torch.Generator:
    """Draw alike whatever the shard, the batch and the order in which jobs run."""
    digest = hashlib.sha256(f"{seed}/{place}/{document}".encode("utf-8", "surrogatepass")).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def _said(states: Tensor, table: Tensor, ids: list[int], top: int, sampled: int, draws: Tensor) -> Columns:
    """Sketch what follows each of `states` (n, width), a few rows at a time; memory does not grow with n."""
    wanted = torch.tensor(ids, device=states.device)
    rows = max(1, LOGITS_BYTES.get(states.device.type, LOGITS_BYTES["cpu"]) // (4 * len(table)))
    found: list[Columns] = []
    for begin in range(0, len(states), rows):
        chosen = slice(begin, begin + rows)
        logits = (states[chosen] @ table.T).float()
        made = sketch(logits, top=top, sampled=sampled, draws=draws[chosen])
        logs = logits.log_softmax(1)
        labels = logs.gather(1, wanted[chosen, None]).squeeze(1)
        entropies = -(logs.exp() * logs).sum(1)
        columns = {"labels": labels, "entropies": entropies}
        columns |= {"top": made.top, "codes": made.codes, "sampled": made.sampled, "tails": made.tails}
        found.append({name: value.cpu().numpy() for name, value in columns.items()})
    return {name: np.concatenate([columns[name] for columns in found]) for name in found[0]}


def _row(document: Document, pieces: list[tuple[Window, Columns]], ids: type) -> dict[str, Any]:
    kinds = {
        "labels": np.float16,
        "entropies": np.float16,
        "top": ids,
        "codes": np.uint8,
        "sampled": ids,
        "tails": np.uint16,
    }
    pieces = sorted(pieces, key=lambda piece: piece[0].place)
    columns = {name: b"".join(said[name].astype(kind).tobytes() for _, said in pieces) for name, kind in kinds.items()}
    tokens = b"".join(np.asarray(window.ids, ids).tobytes() for window, _ in pieces)
    ends = [int(end) for window, _ in pieces for end in window.offsets[:, 1]]
    return {"id": document.id, "ends": ends, "tokens": tokens, **columns}
