"""Which texts are alike, from sketches on disk: candidates share a band of a sketch, and are then compared.

As in datatrove's MinHash pipeline, bands are sorted one after the other, so that no index is held in memory. Unlike
there, candidates are compared, and a text goes only where it is itself like an earlier one.
"""

from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from alambic.stages.clean.key_store import Notes
from alambic.stages.clean.memory import bytes_for_sorting
from alambic.stages.clean.minhash import band_keys

SKETCHES_AT_ONCE = 4096


def flag_alike(notes: Notes, *, bands: int, rows: int, threshold: float) -> None:
    """Flag each text whose sketch shares a band, and a share `threshold` of all values, with an earlier one's.

    Of texts that stay, no two are alike and share a band. What goes is like an earlier text, which may go as well.
    """
    for part in range(notes.parts):
        _write_bands(notes.rows(part), notes.folder / f"bands-{part:05d}.npy", bands=bands, rows=rows)
    gone = np.zeros(int(notes.starts()[-1]), bool)
    for band in range(bands):
        for keys, places in notes.sorted_keys(lambda part, band=band: _column(notes, part, band)):  # type: ignore[misc]
            _flag_in_groups(keys, places, gone, notes, threshold)
    notes.flag(np.flatnonzero(gone))
    for path in notes.folder.glob("bands-*.npy"):
        path.unlink()


def _flag_in_groups(keys: np.ndarray, places: np.ndarray, gone: np.ndarray, notes: Notes, threshold: float) -> None:
    """Compare those of equal keys with the first of them, what is unlike it with the first of the rest, and on."""
    left = np.flatnonzero(~gone[places])
    while len(left):
        same = keys[left][1:] == keys[left][:-1]
        left = left[np.append(same, False) | np.append(False, same)]
        firsts = np.append(True, keys[left][1:] != keys[left][:-1])[: len(left)]
        leaders = places[left[firsts][np.cumsum(firsts) - 1]]
        left, leaders = left[~firsts], leaders[~firsts]
        alike = _similarities(leaders, places[left], notes) >= threshold
        gone[places[left[alike]]] = True
        left = left[~alike]


def _similarities(ones: np.ndarray, others: np.ndarray, notes: Notes) -> np.ndarray:
    """Estimate the Jaccard similarities of texts, given by their places, pair by pair."""
    at_once = max(1, bytes_for_sorting() // 4096)
    chunks = [slice(start, start + at_once) for start in range(0, len(ones), at_once)]
    found = [(notes.rows_at(ones[chunk]) == notes.rows_at(others[chunk])).mean(axis=1) for chunk in chunks]
    return np.concatenate(found) if found else np.zeros(0)


def _column(notes: Notes, part: int, band: int) -> np.ndarray:
    path = notes.folder / f"bands-{part:05d}.npy"
    return np.load(path, mmap_mode="r" if len(notes.rows(part)) else None)[:, band]


def _write_bands(sketches: np.ndarray, path: Path, *, bands: int, rows: int) -> None:
    """Write the keys (n, bands) of some sketches, band by band on disk, a few sketches at a time."""
    if not len(sketches):
        np.save(path, np.zeros((0, bands), np.uint64))
        return
    keys = open_memmap(path, mode="w+", dtype=np.uint64, shape=(len(sketches), bands), fortran_order=True)
    for start in range(0, len(sketches), SKETCHES_AT_ONCE):
        some = slice(start, start + SKETCHES_AT_ONCE)
        keys[some] = band_keys(sketches[some], bands=bands, rows=rows)
