"""What a masked-language model expects in the place of hidden words: the masks, and a sketch at each hidden token.

Whole words are hidden (Cui et al. 2021, arXiv 1906.08101), so that a student with other pieces can hide the same
characters. Each of several `rounds` hides others, as RoBERTa's changing masks do (Liu et al. 2019, arXiv 1907.11692):
a student takes one round an epoch. The sketch is that of `next_tokens`: right in expectation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import torch
from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document
from alambic.data.sketch_columns import COLUMNS
from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.models.masked import append_bias_column, open_masked
from alambic.models.opening import open_tokenizer
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.models.token_offsets import trimmed_spans
from alambic.stages.teach.token_distributions import Columns, as_columns, expected, seeded
from alambic.stages.teach.windows import TOKENS_PER_FORWARD, Window, batched, cut

TOKEN_IDS = True  # holds ids of the teacher's vocabulary: its student's tokenizer must be based on that
ARCHITECTURES = ("ForMaskedLM", "ForPreTraining")  # of its teacher


@dataclass(frozen=True)
class _Hidden(Window):
    """A window in one round, some of its tokens replaced by the mask."""

    round: int
    places: np.ndarray  # (h,) which tokens are hidden
    hidden_ids: list[int]  # (h,) their ids
    spans: np.ndarray  # (h, 2) characters that they cover, white space left out


def capture(
    teacher: Path,
    *,
    share: Annotated[float, Field(gt=0, lt=1)] = 0.15,
    rounds: PositiveInt = 1,
    top: PositiveInt = 6,
    sampled: NonNegativeInt = 28,
    seed: NonNegativeInt = 0,
) -> Callable[[list[Document]], pa.Table]:
    """Load the teacher; return what turns documents into a table of what it expects of a `share` of their words.

    A row holds a document with h hidden tokens over all rounds: id; rounds, begins and ends (h each: the round, and
    the characters that a hidden token covers); and the columns of `next_tokens`, of h rows. Documents longer than the
    teacher reads are cut into consecutive windows; each hides one word at least.
    """
    tokenizer = open_tokenizer(teacher)
    if not tokenizer.is_fast or tokenizer.mask_token_id is None:
        raise UserError(f"{teacher}: masked_tokens needs a fast tokenizer with a mask token")
    model, table = open_masked(teacher)
    device = device_of()
    model.to(device)
    table = table.to(device)
    longest = window_length(model.config, tokenizer)

    def capture_documents(documents: list[Document]) -> pa.Table:
        windows = cut(tokenizer, [document.text for document in documents], longest=longest)
        hidden = [
            window_hidden
            for window in windows
            for number in range(rounds)
            if (window_hidden := _hide(window, documents[window.owner], number, tokenizer.mask_token_id, share, seed))
        ]
        parts: list[list[tuple[_Hidden, Columns]]] = [[] for _ in documents]
        for batch in batched(hidden, most=TOKENS_PER_FORWARD[device.type]):
            with torch.inference_mode():
                states = append_bias_column(model(**padded([window.ids for window in batch], device=device)).logits)
                mine = [states[row, torch.from_numpy(window.places).to(device)] for row, window in enumerate(batch)]
                seeds = [_seeded(window, documents[window.owner], seed, "sketch") for window in batch]
                distributions = expected(
                    mine, table, [window.hidden_ids for window in batch], top=top, sampled=sampled, seeds=seeds
                )
            for window, columns in zip(batch, distributions, strict=True):
                parts[window.owner].append((window, columns))
        rows = [_row(document, pieces) for document, pieces in zip(documents, parts, strict=True)]
        read = sum(int((window.offsets[:, 1] > window.offsets[:, 0]).sum()) for window in windows)
        facts = {"tokens": read, "rounds": rounds, "top": top, "sampled": sampled, "vocabulary": len(table)}
        table_of_rows = pa.Table.from_pylist(rows, schema=_SCHEMA)
        return table_of_rows.replace_schema_metadata({name: str(value) for name, value in facts.items()})

    return capture_documents


_PLACES = ("rounds", "begins", "ends")
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        *((name, pa.list_(pa.int32())) for name in _PLACES),
        *((name, pa.binary()) for name in COLUMNS),
    ]
)


def _hide(window: Window, document: Document, number: int, mask: int, share: float, seed: int) -> _Hidden | None:
    """Hide a share of the words of a window in one round; None where it has no word."""
    spans = trimmed_spans(document.text, window.offsets)
    words = _words(spans)
    if words.max(initial=-1) < 0:
        return None
    generator = _seeded(window, document, seed, "mask", number)
    chances = torch.rand(int(words.max()) + 1, generator=generator).numpy()
    chosen = chances < share
    chosen[chances.argmin()] = True
    places = np.flatnonzero((words >= 0) & chosen[words])
    ids = np.asarray(window.ids)
    hidden_ids, ids[places] = ids[places].tolist(), mask
    return _Hidden(window.owner, window.index, ids.tolist(), window.offsets, number, places, hidden_ids, spans[places])


def _words(spans: np.ndarray) -> np.ndarray:
    """Number the words that tokens belong to (n,): white space comes between two; -1 for what covers nothing."""
    words, word, before = np.full(len(spans), -1), -1, -1
    for row, (begin, end) in enumerate(spans):
        if end > begin:
            word += begin > before
            words[row], before = word, max(before, end)
    return words


def _seeded(window: Window, document: Document, seed: int, *what: Any) -> torch.Generator:
    number = window.round if isinstance(window, _Hidden) else ""
    return seeded(seed, document.id, "/".join(map(str, (*what, number, window.index))))


def _row(document: Document, pieces: list[tuple[_Hidden, Columns]]) -> dict[str, Any]:
    pieces = sorted(pieces, key=lambda piece: (piece[0].index, piece[0].round))
    spans = np.concatenate([window.spans for window, _ in pieces]) if pieces else np.zeros((0, 2), int)
    return {
        "id": document.id,
        "rounds": [window.round for window, _ in pieces for _ in window.hidden_ids],
        "begins": spans[:, 0].tolist(),
        "ends": spans[:, 1].tolist(),
        **as_columns([window.hidden_ids for window, _ in pieces], [columns for _, columns in pieces]),
    }
