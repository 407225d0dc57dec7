"""What a teacher expects at some tokens, as it is stored: a sketch of its distribution, and what came."""

import hashlib
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vecdot

from alambic.data.sketch import sketch
from alambic.data.sketch_columns import COLUMNS, to_columns
from alambic.errors import UserError
from alambic.training.chunked_loss import rows_per_block, rows_per_chunk

Columns = dict[str, np.ndarray]  # each (n, ...) for the n tokens of a window


def seeded(seed: int, document: str, part: int | str) -> torch.Generator:
    """Draw alike whatever the shard, the batch and the order in which jobs run."""
    digest = hashlib.sha256(f"{seed}/{part}/{document}".encode("utf-8", "surrogatepass")).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def expected(
    states: list[Tensor],
    table: Tensor,
    ids: list[list[int]],
    *,
    top: int,
    sampled: int,
    seeds: list[torch.Generator],
) -> list[Columns]:
    """Sketch what is predicted in each of several windows: states (n, width) each, and the n ids that came.

    Their rows go through the output layer together: a label has a dozen, and alone would read the whole layer for them.
    Memory does not grow with their number.
    """
    if top > len(table):
        raise UserError(f"top: {top}: this teacher has {len(table):,} pieces: expected at most as many")
    lengths = [len(some) for some in ids]
    draws = torch.cat(
        [torch.rand(n, top + 2, generator=generator) for n, generator in zip(lengths, seeds, strict=True)]
    )
    together = [token for some in ids for token in some]
    columns = _expected(torch.cat(states), table, together, top, sampled, draws.to(table.device))
    places = np.cumsum(lengths)[:-1]
    cut = {name: np.split(values, places) for name, values in columns.items()}
    return [{name: pieces[number] for name, pieces in cut.items()} for number in range(len(ids))]


def _expected(states: Tensor, table: Tensor, ids: list[int], top: int, sampled: int, draws: Tensor) -> Columns:
    targets = torch.tensor(ids, device=states.device)
    rows, few = (count(len(table), states.device) for count in (rows_per_chunk, rows_per_block))
    parts: list[Columns] = []
    for begin in range(0, len(states), rows):
        logits = (states[begin : begin + rows] @ table.T).float()
        for start in range(0, len(logits), few):
            chosen = slice(begin + start, begin + min(start + few, len(logits)))
            parts.append(_sketched(logits[start : start + few], targets[chosen], draws[chosen], top, sampled))
    return {name: np.concatenate([columns[name] for columns in parts]) for name in parts[0]}


def _sketched(logits: Tensor, targets: Tensor, draws: Tensor, top: int, sampled: int) -> Columns:
    logs = logits.log_softmax(1)
    probabilities = logs.exp()
    columns = {
        "target_log_probs": logs.gather(1, targets[:, None]).squeeze(1),
        "entropies": -vecdot(probabilities, logs),
    }
    sketched = sketch(probabilities, top=top, sampled=sampled, draws=draws)
    columns |= {"top": sketched.top, "codes": sketched.codes, "sampled": sketched.sampled, "tails": sketched.tails}
    return {name: value.cpu().numpy() for name, value in columns.items()}


def as_columns(tokens: list[list[int]], parts: list[Columns]) -> dict[str, Any]:
    """Join the parts of a document, and the ids of their tokens, into one value per column of a store."""
    if not parts:
        return dict.fromkeys(COLUMNS, b"")
    joined = {name: np.concatenate([columns[name] for columns in parts]) for name in parts[0]}
    return to_columns({"tokens": np.concatenate([np.asarray(some, np.uint32) for some in tokens]), **joined})
