"""How sketches of what a teacher expects lie in a store: columns of bytes that compress well.

The bytes of an id go to as many columns, since the high ones are nearly all alike. Sampled ids ascend, and so do the
codes of the largest probabilities, but for a rounding: stored is the step from each to the next.
"""

from typing import Any

import numpy as np

PLANES = 3  # bytes of an id
IDS = ("tokens", "top", "sampled")
# On disk, `target_log_probs` are called labels.
_OTHERS = {"codes": np.uint8, "target_log_probs": np.float16, "entropies": np.float16, "tails": np.uint16}
_COLUMN_OF = {name: "labels" if name == "target_log_probs" else name for name in _OTHERS}
COLUMNS = (*(f"{name}_{index}" for name in IDS for index in range(PLANES)), *_COLUMN_OF.values())

Arrays = dict[str, np.ndarray]


def to_columns(arrays: Arrays) -> dict[str, bytes]:
    """Give the columns of n tokens.

    arrays: tokens (n,) ids, top (n, k) ids, codes (n, k) uint8, sampled (n, m) ids, target_log_probs and entropies (n,)
    in nats, tails (n,) uint16.
    """
    stored = dict(arrays)
    stored["sampled"] = np.diff(stored["sampled"].astype(np.int64), axis=1, prepend=0)
    stored["codes"] = np.diff(stored["codes"].astype(np.int64), axis=1, prepend=0)
    columns = {_COLUMN_OF[name]: stored[name].astype(kind).tobytes() for name, kind in _OTHERS.items()}
    for name in IDS:
        for index, plane in enumerate(_planes(stored[name])):
            columns[f"{name}_{index}"] = plane.tobytes()
    return columns


def from_columns(row: dict[str, Any], *, top: int, sampled: int) -> Arrays:
    """Give the arrays that `to_columns` was given; ids are uint32."""
    arrays = {name: np.frombuffer(row[_COLUMN_OF[name]], kind) for name, kind in _OTHERS.items()}
    count = len(arrays["tails"])
    arrays |= {name: _joined(row, name) for name in IDS}
    shapes = {"top": (count, top), "codes": (count, top), "sampled": (count, sampled)}
    arrays |= {name: arrays[name].reshape(shape) for name, shape in shapes.items()}
    arrays["codes"] = arrays["codes"].cumsum(axis=1, dtype=np.uint8)
    arrays["sampled"] = arrays["sampled"].cumsum(axis=1, dtype=np.uint32) % 2 ** (8 * PLANES)
    return arrays


def _planes(values: np.ndarray) -> np.ndarray:
    """Cut whole numbers, modulo 2 ** 24, into their bytes, the low ones first: (PLANES, values)."""
    return values.astype("<u4").reshape(-1, 1).view(np.uint8)[:, :PLANES].T


def _joined(row: dict[str, Any], name: str) -> np.ndarray:
    planes = (np.frombuffer(row[f"{name}_{index}"], np.uint8).astype(np.uint32) for index in range(PLANES))
    return np.bitwise_or.reduce([plane << 8 * index for index, plane in enumerate(planes)], dtype=np.uint32)
