"""What a teacher expects at some tokens, as it is stored: a sketch of its distribution, and what came."""

import hashlib
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.sketch import sketch

# Bytes of the logits that are held at once.
LOGITS_BYTES = {"cpu": 2**26, "cuda": 2**30}

BYTES = ("tokens", "labels", "entropies", "top", "codes", "sampled", "tails")

Columns = dict[str, np.ndarray]  # each (n, ...) for the n tokens of a window


def seeded(seed: int, document: str, place: int | str) -> torch.Generator:
    """Draw alike whatever the shard, the batch and the order in which jobs run."""
    digest = hashlib.sha256(f"{seed}/{place}/{document}".encode("utf-8", "surrogatepass")).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def expected(states: Tensor, table: Tensor, ids: list[int], *, top: int, sampled: int, draws: Tensor) -> Columns:
    """Sketch what is predicted from each of `states` (n, width), a few rows at a time; memory does not grow with n.

    ids (n) are the tokens that came, draws (n, top + 2) are uniform in [0, 1).
    """
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


def as_bytes(tokens: list[list[int]], parts: list[Columns], *, vocabulary: int) -> dict[str, Any]:
    """Join the parts of a document into one value per column; ids take 2 bytes where the vocabulary allows, else 4."""
    ids = np.uint16 if vocabulary <= 2**16 else np.uint32
    kinds = {
        "labels": np.float16,
        "entropies": np.float16,
        "top": ids,
        "codes": np.uint8,
        "sampled": ids,
        "tails": np.uint16,
    }
    columns = {name: b"".join(said[name].astype(kind).tobytes() for said in parts) for name, kind in kinds.items()}
    return {"tokens": b"".join(np.asarray(some, ids).tobytes() for some in tokens), **columns}
