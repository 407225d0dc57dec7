"""A stored signal beside its corpus, document by document: neither is ever held whole."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from alambic.errors import UserError
from alambic.records import Document

Said = TypeVar("Said")

DOCUMENTS_AT_ONCE = 256


def facts_of(folder: Path) -> dict[str, str]:
    """Give what the first shard says of them all."""
    for path in _shards(folder):
        return {name.decode(): value.decode() for name, value in (pq.read_metadata(path).metadata or {}).items()}
    raise UserError(f"{folder} holds no signal: remove it and run `teach` again")


def stored_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of all shards, in order."""
    for path in _shards(folder):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=DOCUMENTS_AT_ONCE):
                yield from batch.to_pylist()


def beside(documents: Iterable[Document], said: Iterable[tuple[str, Said]]) -> Iterator[tuple[Document, Said]]:
    """Pair each document with what the teacher said of it; UserError where the two are not of one corpus."""
    waiting = iter(said)
    for document in documents:
        name, found = next(waiting, (None, None))
        if found is None or name != document.id:
            told = f"speaks of document {name}" if name is not None else "ends"
            raise UserError(
                f"the signal {told} where the corpus has document {document.id}: it was made from another corpus"
            )
        yield document, found
    left = next(waiting, None)
    if left is not None:
        raise UserError(f"the signal goes on with document {left[0]} after the corpus: it was made from another corpus")


def _shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("signal-*.parquet"))
