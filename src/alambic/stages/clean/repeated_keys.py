"""Which of all keys come again, and how often."""

import numpy as np

from alambic.stages.clean.folding import key
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.two_pass_step import NO_KEY

_REPEATED_BIT = np.uint64(1)  # the lowest bit of a key: the same document had it before


def keys_of(contents: list[str]) -> np.ndarray:
    """Give a key to each of a document's contents, NO_KEY to empty ones; the lowest bit tells a repeated one."""
    keys = np.array([key(content) & ~1 if content else NO_KEY for content in contents], np.uint64)
    repeated = np.ones(len(keys), bool)
    repeated[np.unique(keys, return_index=True)[1]] = False
    return np.where(repeated & (keys != NO_KEY), keys | _REPEATED_BIT, keys)


def flag_repeated(store: KeyStore) -> None:
    """Flag every key that an earlier row, of this document or another, has already."""
    for keys, places in store.sorted_keys():
        bare = keys & ~_REPEATED_BIT
        later = np.flatnonzero((bare[1:] == bare[:-1]) & (bare[1:] != NO_KEY)) + 1
        store.flag(np.sort(places[later]))


def flag_frequent(store: KeyStore, *, most: int) -> None:
    """Flag every key that more than `most` documents have."""
    for keys, places in store.sorted_keys():
        bare, firsts = keys & ~_REPEATED_BIT, keys & _REPEATED_BIT == 0
        begins = np.flatnonzero(np.diff(bare, prepend=~bare[:1]))
        documents = np.add.reduceat(firsts, begins, dtype=np.int64) if len(keys) else np.zeros(0, np.int64)
        frequent = np.repeat((documents > most) & (bare[begins] != NO_KEY), np.diff(begins, append=len(bare)))
        store.flag(np.sort(places[frequent]))
