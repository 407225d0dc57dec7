"""Many small arrays of unequal lengths, in a few files that are mapped and not read: memory does not grow with them."""

import json
import logging
import shutil
import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger("alambic.data.ragged_array")

WHOLE = "whole"  # the file that vouches for the others
Row = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Field:
    """One array of every row."""

    axis: str  # fields with the same axis have the same length in a row
    dtype: type[np.generic]
    width: int | None = None  # of its second dimension, where it has one


class RaggedArray:
    """Rows of arrays, written once, by `open_or_write`."""

    def __init__(self, folder: Path, fields: Mapping[str, Field]) -> None:
        self.fields = fields
        self.facts: dict[str, Any] = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        axes = {field.axis for field in fields.values()}
        lengths = {axis: np.fromfile(folder / f"{axis}.lengths", np.uint32) for axis in axes}
        self._ends = {axis: np.cumsum(sizes, dtype=np.int64) for axis, sizes in lengths.items()}
        self._values = {name: _mapped(folder / name, field) for name, field in fields.items()}

    def __len__(self) -> int:
        return len(next(iter(self._ends.values())))

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        spans = {axis: (int(ends[index - 1]) if index else 0, int(ends[index])) for axis, ends in self._ends.items()}
        row = {}
        for name, field in self.fields.items():
            begin, end = spans[field.axis]
            # What has no width takes no room on disk, and has its rows all the same.
            whole = field.width != 0
            row[name] = self._values[name][begin:end] if whole else np.zeros((end - begin, 0), field.dtype)
        return row

    def lengths(self, axis: str) -> np.ndarray:
        """Give the length of each row along an axis, (rows,)."""
        return np.diff(self._ends[axis], prepend=0)


def open_or_write(
    folder: Path,
    fields: Mapping[str, Field],
    rows: Iterable[Row],
    facts: Callable[[], dict[str, Any]],
    *,
    write: bool,
) -> RaggedArray:
    """Open the rows in `folder`; where they are not yet there, write them, or wait for the process that does.

    `facts` are asked for after the last row.
    """
    while not (folder / WHOLE).exists():
        if write:
            _write(folder, fields, rows, facts)
        else:
            time.sleep(0.2)
    return RaggedArray(folder, fields)


def _write(folder: Path, fields: Mapping[str, Field], rows: Iterable[Row], facts: Callable[[], dict[str, Any]]) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was killed
    folder.mkdir(parents=True)
    lengths: dict[str, array[int]] = {field.axis: array("I") for field in fields.values()}
    started, streams = time.monotonic(), {name: (folder / name).open("wb") for name in fields}
    try:
        for row in rows:
            sizes = {fields[name].axis: len(values) for name, values in row.items()}
            for name, field in fields.items():
                assert len(row[name]) == sizes[field.axis], f"{name}: {len(row[name])}, expected {sizes[field.axis]}"
                streams[name].write(np.ascontiguousarray(row[name], field.dtype).tobytes())
            for axis, size in sizes.items():
                lengths[axis].append(size)
    finally:
        for stream in streams.values():
            stream.close()
    for axis, of_rows in lengths.items():
        (folder / f"{axis}.lengths").write_bytes(of_rows.tobytes())
    (folder / f"{WHOLE}.new").write_text(json.dumps(facts()), encoding="utf-8")
    (folder / f"{WHOLE}.new").replace(folder / WHOLE)
    size = sum((folder / name).stat().st_size for name in fields)
    log.info("examples written down: %.1f MB in %.1f s", size / 1e6, time.monotonic() - started)


def _mapped(path: Path, field: Field) -> np.ndarray:
    shape = (-1,) if field.width is None else (-1, field.width)
    if not path.stat().st_size:  # nothing can be mapped
        return np.zeros((0, *(shape[1:])), field.dtype)
    return np.asarray(np.memmap(path, field.dtype, mode="r")).reshape(shape)
