"""What a two-pass step stores of documents, on disk: rows of keys by part of the corpus, and which are flagged."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib.format import dtype_to_descr, write_array_header_1_0

from alambic.batched import batched
from alambic.stages.clean.memory import bytes_for_sorting

DOCUMENTS_AT_ONCE = 1000  # whose rows wait in memory
BYTES_PER_ROW = 100  # measured: a key and its place, as read, put together, sorted and compared


class KeyStore:
    """The rows of all parts, in the order of the corpus; a row's place is its number in it."""

    def __init__(self, folder: Path, parts: int) -> None:
        self.folder, self.parts = folder, parts

    def write(self, part: int, rows: Iterable[np.ndarray]) -> None:
        """Write the rows of a part, given document by document, as they come."""
        counts, like = array("I"), np.zeros(0, np.uint64)
        with (self.folder / f"rows-{part:05d}.npy").open("wb") as stream:
            for batch in batched(rows, DOCUMENTS_AT_ONCE):
                if not counts:
                    like = batch[0]
                    _write_header(stream, like, 0)
                counts.extend(map(len, batch))
                stream.write(np.concatenate(batch).data)
            stream.seek(0)
            _write_header(stream, like, sum(counts))
        np.save(self.folder / f"counts-{part:05d}.npy", np.array(counts, np.uint32))

    def rows(self, part: int) -> np.ndarray:
        """Read the rows of a part, as they are needed."""
        path = self.folder / f"rows-{part:05d}.npy"
        return np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path)

    def rows_at(self, places: np.ndarray) -> np.ndarray:
        """Read some rows."""
        starts = self.starts()
        parts = np.searchsorted(starts, places, side="right") - 1
        rows = np.empty((len(places), *self.rows(int(parts[0])).shape[1:]), np.uint32)
        for part in np.unique(parts):
            chosen = parts == part
            rows[chosen] = self.rows(part)[places[chosen] - starts[part]]
        return rows

    def starts(self) -> np.ndarray:
        """Give the place of each part's first row, and the number of all rows."""
        return np.cumsum([0, *(len(self.rows(part)) for part in range(self.parts))])

    def flag(self, places: np.ndarray) -> None:
        """Flag rows, which must be sorted by place."""
        starts = self.starts()
        for part, (first, end) in enumerate(np.searchsorted(places, np.stack([starts[:-1], starts[1:]], axis=1))):
            if first == end:
                continue
            flags = self._read_flags(part)
            flags[places[first:end] - starts[part]] = True
            np.save(self.folder / f"flags-{part:05d}.npy", flags)

    def flags(self, part: int) -> Iterator[np.ndarray]:
        """Give the flags of a part, document by document."""
        flags, end = self._read_flags(part), 0
        for count in self._counts(part).tolist():
            yield flags[end : end + count]
            end += count

    def forget_rows(self) -> None:
        """Remove the rows, of which flags are all that is needed."""
        for path in self.folder.glob("rows-*.npy"):
            path.unlink()

    def forget_flags(self) -> None:
        """Remove the flags, as if nothing had been flagged."""
        for path in self.folder.glob("flags-*.npy"):
            path.unlink()

    def _read_flags(self, part: int) -> np.ndarray:
        path = self.folder / f"flags-{part:05d}.npy"
        return np.load(path) if path.exists() else np.zeros(int(self._counts(part).sum()), bool)

    def _counts(self, part: int) -> np.ndarray:
        return np.load(self.folder / f"counts-{part:05d}.npy").astype(np.int64)

    def sorted_keys(self, keys: Callable[[int], np.ndarray] | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give all keys in turn, as many at once as the memory for sorting holds: (n,) keys, and their places.

        Equal keys are in one turn and in the order of the corpus. `keys` reads those of a part, instead of `rows`.
        """
        starts = self.starts()
        turns = turns_for(int(starts[-1]))
        for turn in range(turns):
            chosen = [_in_turn((keys or self.rows)(part), turn, turns, starts[part]) for part in range(self.parts)]
            turn_keys, places = (np.concatenate(arrays) for arrays in zip(*chosen, strict=True))
            order = np.argsort(turn_keys, kind="stable")
            yield turn_keys[order], places[order]


def _write_header(stream: BinaryIO, like: np.ndarray, length: int) -> None:
    """Begin an .npy file of so many rows; NumPy leaves room in its header for another length."""
    shape = (length, *like.shape[1:])
    header = {"descr": dtype_to_descr(like.dtype), "fortran_order": False, "shape": shape}
    write_array_header_1_0(stream, header)


def turns_for(rows: int) -> int:
    """Count the turns in which so many rows are sorted: a power of two."""
    needed = -(-rows * BYTES_PER_ROW // bytes_for_sorting())
    return 1 << max(0, needed - 1).bit_length()


def _in_turn(keys: np.ndarray, turn: int, turns: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Choose the keys of a turn, by bits that say nothing else."""
    chosen = np.flatnonzero(keys >> np.uint64(1) & np.uint64(turns - 1) == turn)
    return keys[chosen].astype(np.uint64), chosen + first
