"""Which texts are near duplicates, from sketches on disk: candidates share a band of a sketch, and are then compared.

As in datatrove's MinHash pipeline, bands are sorted one after the other, so that no index is held in memory. Unlike
there, candidates are compared, and a text goes only where it is itself like an earlier one.
"""

from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.memory import bytes_for_sorting
from alambic.stages.clean.minhash import band_keys

SKETCHES_AT_ONCE = 4096


def flag_near_duplicates(store: KeyStore, *, bands: int, rows: int, threshold: float) -> None:
    """Flag each text whose sketch shares a band, and a share `threshold` of all values, with an earlier one's.

    Of texts that stay, no two are alike and share a band. What goes is like an earlier text, which may go as well.
    """
    for part in range(store.parts):
        _write_bands(store.rows(part), store.folder / f"bands-{part:05d}.npy", bands=bands, rows=rows)
    dropped = np.zeros(int(store.starts()[-1]), bool)
    for band in range(bands):
        for keys, places in store.sorted_keys(lambda part, band=band: _column(store, part, band)):  # type: ignore[misc]
            _flag_in_groups(keys, places, dropped, store, threshold)
    store.flag(np.flatnonzero(dropped))
    for path in store.folder.glob("bands-*.npy"):
        path.unlink()


def _flag_in_groups(
    keys: np.ndarray, places: np.ndarray, dropped: np.ndarray, store: KeyStore, threshold: float
) -> None:
    """Compare those of equal keys with the first of them, what is unlike it with the first of the rest, and on."""
    remaining = np.flatnonzero(~dropped[places])
    while len(remaining):
        same = keys[remaining][1:] == keys[remaining][:-1]
        remaining = remaining[np.append(same, False) | np.append(False, same)]
        firsts = np.append(True, keys[remaining][1:] != keys[remaining][:-1])[: len(remaining)]
        leaders = places[remaining[firsts][np.cumsum(firsts) - 1]]
        remaining, leaders = remaining[~firsts], leaders[~firsts]
        alike = _similarities(leaders, places[remaining], store) >= threshold
        dropped[places[remaining[alike]]] = True
        remaining = remaining[~alike]


def _similarities(firsts: np.ndarray, seconds: np.ndarray, store: KeyStore) -> np.ndarray:
    """Estimate the Jaccard similarities of texts, given by their places, pair by pair."""
    at_once = max(1, bytes_for_sorting() // 4096)
    chunks = [slice(start, start + at_once) for start in range(0, len(firsts), at_once)]
    shares = [(store.rows_at(firsts[chunk]) == store.rows_at(seconds[chunk])).mean(axis=1) for chunk in chunks]
    return np.concatenate(shares) if shares else np.zeros(0)


def _column(store: KeyStore, part: int, band: int) -> np.ndarray:
    path = store.folder / f"bands-{part:05d}.npy"
    return np.load(path, mmap_mode="r" if len(store.rows(part)) else None)[:, band]


def _write_bands(sketches: np.ndarray, path: Path, *, bands: int, rows: int) -> None:
    """Write the keys (n, bands) of some sketches, band by band on disk, a few sketches at a time."""
    if not len(sketches):
        np.save(path, np.zeros((0, bands), np.uint64))
        return
    keys = open_memmap(path, mode="w+", dtype=np.uint64, shape=(len(sketches), bands), fortran_order=True)
    for start in range(0, len(sketches), SKETCHES_AT_ONCE):
        chunk = slice(start, start + SKETCHES_AT_ONCE)
        keys[chunk] = band_keys(sketches[chunk], bands=bands, rows=rows)
