"""What is stored of a text to recognise it: hashes of its runs of words, of the whole, and a sketch. No word of it."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from datasketch import MinHash

RUN = 8  # words; the runs of 13 of GPT-3's decontamination hardly survive where a word in ten is changed
LONG = 20  # words from which texts may differ in part; shorter ones change their meaning with a word
SHINGLE = 3  # words
PERMUTATIONS = 128  # the estimate of a similarity of 0.4 is then off by 0.043
_EMPTY = MinHash(num_perm=PERMUTATIONS, seed=1)  # copied: drawing the permutations takes longer than a sketch


@dataclass(frozen=True)
class TextHashes:
    """One text, by hashes; `runs` are sorted, so that their order says nothing of the text."""

    words: int
    whole: int
    runs: tuple[int, ...]
    sketch: tuple[int, ...]  # empty below LONG words


@dataclass(frozen=True)
class TextHasher:
    """Hashes texts; a salt keeps those of one list from being looked up in another."""

    salt: bytes = b""

    def hash_text(self, words: list[str]) -> TextHashes:
        """Hash a text, given as its words."""
        return TextHashes(
            words=len(words),
            whole=self.whole(words),
            runs=tuple(sorted(self.runs(words))),
            sketch=tuple(int(value) for value in self.sketch(words).hashvalues) if len(words) >= LONG else (),
        )

    def whole(self, words: list[str]) -> int:
        """Hash the whole text."""
        return self._hash(" ".join(["", *words]))  # no run of words begins with a space

    def runs(self, words: list[str]) -> set[int]:
        """Hash every run of RUN words; none where there are fewer."""
        return {self._hash(" ".join(words[start : start + RUN])) for start in range(len(words) - RUN + 1)}

    def sketch(self, words: list[str]) -> MinHash:
        """Sketch the set of runs of SHINGLE words (Broder 1997)."""
        sketch = _EMPTY.copy()
        starts = range(max(1, len(words) - SHINGLE + 1))
        shingles = {" ".join(words[start : start + SHINGLE]) for start in starts}
        sketch.update_batch([self.salt + shingle.encode("utf-8", "surrogatepass") for shingle in shingles])
        return sketch

    def _hash(self, content: str) -> int:
        digest = blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8, key=self.salt).digest()
        return int.from_bytes(digest, "big")


def sketch_of(hashes: TextHashes) -> MinHash:
    """Give a text's sketch back as datasketch's."""
    sketch = _EMPTY.copy()
    sketch.hashvalues = np.array(hashes.sketch, _EMPTY.hashvalues.dtype)  # the index compares bytes
    return sketch


def similarity(first: MinHash, second: MinHash) -> float:
    """Estimate the Jaccard similarity of two sets from their sketches."""
    return float(np.mean(first.hashvalues == second.hashvalues))
