"""How sketches of what a teacher expects lie in a store: columns of bytes that compress well.

The bytes of an id go to as many columns, since the high ones are nearly all alike. Sampled ids ascend, and so do the
codes of the largest probabilities, but for a rounding: what is kept is the step from each to the next.
"""

from typing import Any

import numpy as np

PLANES = 3  # bytes of an id
IDS = ("tokens", "top", "sampled")
_OTHERS = {"codes": np.uint8, "labels": np.float16, "entropies": np.float16, "tails": np.uint16}
COLUMNS = (*(f"{name}_{place}" for name in IDS for place in range(PLANES)), *_OTHERS)

Arrays = dict[str, np.ndarray]


def to_columns(arrays: Arrays) -> dict[str, bytes]:
    """Give the columns of n tokens.

    arrays: tokens (n,) ids, top (n, k) ids, codes (n, k) uint8, sampled (n, m) ids, labels and entropies (n,) nats,
    tails (n,) uint16.
    """
    found = dict(arrays)
    found["sampled"] = np.diff(found["sampled"].astype(np.int64), axis=1, prepend=0)
    found["codes"] = np.diff(found["codes"].astype(np.int64), axis=1, prepend=0)
    columns = {name: found[name].astype(kind).tobytes() for name, kind in _OTHERS.items()}
    for name in IDS:
        for place, plane in enumerate(_planes(found[name])):
            columns[f"{name}_{place}"] = plane.tobytes()
    return columns


def from_columns(row: dict[str, Any], *, top: int, sampled: int) -> Arrays:
    """Give the arrays that `to_columns` was given; ids are uint32."""
    found = {name: np.frombuffer(row[name], kind) for name, kind in _OTHERS.items()}
    count = len(found["tails"])
    found |= {name: _joined(row, name) for name in IDS}
    shapes = {"top": (count, top), "codes": (count, top), "sampled": (count, sampled)}
    found |= {name: found[name].reshape(shape) for name, shape in shapes.items()}
    found["codes"] = found["codes"].cumsum(axis=1, dtype=np.uint8)
    found["sampled"] = found["sampled"].cumsum(axis=1, dtype=np.uint32) % 2 ** (8 * PLANES)
    return found


def _planes(values: np.ndarray) -> np.ndarray:
    """Cut whole numbers, modulo 2 ** 24, into their bytes, the low ones first: (PLANES, values)."""
    return values.astype("<u4").reshape(-1, 1).view(np.uint8)[:, :PLANES].T


def _joined(row: dict[str, Any], name: str) -> np.ndarray:
    planes = (np.frombuffer(row[f"{name}_{place}"], np.uint8).astype(np.uint32) for place in range(PLANES))
    return np.bitwise_or.reduce([plane << 8 * place for place, plane in enumerate(planes)], dtype=np.uint32)
