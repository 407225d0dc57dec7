"""A stored signal, read in step with its corpus: neither is ever held whole, and each must be of the other."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from alambic.data.documents import Document
from alambic.data.manifest import FILE, Manifest
from alambic.errors import UserError

Said = TypeVar("Said")
Key = tuple[str, bytes | None]  # a document's id, and the digest of its text

DOCUMENTS_AT_ONCE = 256


def facts_of(folder: Path) -> dict[str, str]:
    """Give what the first shard says of them all."""
    for path in _shards(folder):
        return _facts(path)
    raise UserError(f"{folder} holds no signal: remove it and run `teach` again")


def check_signal(folder: Path, teacher: Path | None) -> None:
    """Refuse a signal of which a shard was made by another teacher, or by one with another tokenizer.

    Without `teacher`, by another than the one that its own artifact was made by, and its first shard.
    """
    expected = _said_by(folder) if teacher is None else made_by(teacher)
    for path in _shards(folder):
        check_made_by(_facts(path), expected, where=path)


def _said_by(folder: Path) -> dict[str, str]:
    first = facts_of(folder)
    known = Manifest.read(folder / FILE).inputs.get("teacher", []) if (folder / FILE).exists() else []
    return {**first, "teacher": known[0] if known else first.get("teacher", "")}


def stored_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of all shards, in order."""
    for path in _shards(folder):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=DOCUMENTS_AT_ONCE):
                yield from batch.to_pylist()


def key_of(row: dict[str, Any]) -> Key:
    """Say of which document and which text a row is."""
    return row["id"], row.get("text")


def beside(documents: Iterable[Document], said: Iterable[tuple[Key, Said]]) -> Iterator[tuple[Document, Said]]:
    """Pair each document with what the teacher said of it; UserError where the two are not of one corpus."""
    waiting = iter(said)
    for document in documents:
        (name, digest), found = next(waiting, ((None, None), None))
        if found is None or name != document.id:
            told = f"speaks of document {name}" if name is not None else "ends"
            raise UserError(
                f"the signal {told} where the corpus has document {document.id}: it was made from another corpus"
            )
        if digest is not None and digest != text_digest(document.text):
            raise UserError(
                f"the text of document {document.id} is not the one that the teacher read: the signal was made from "
                "another corpus; run `teach` again on this one"
            )
        yield document, found
    left = next(waiting, None)
    if left is not None:
        raise UserError(
            f"the signal goes on with document {left[0][0]} after the corpus: it was made from another corpus"
        )


def _facts(path: Path) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in (pq.read_metadata(path).metadata or {}).items()}


def _shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("signal-*.parquet"))


def text_digest(text: str) -> bytes:
    """Digest a text into 8 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def made_by(teacher: Path) -> dict[str, str]:
    """Say which model speaks: its artifact's fingerprint, empty where it is no artifact, and its tokenizer's digest.

    The tokenizer counts by its content, however it is laid out in the file.
    """
    fingerprint = Manifest.read(teacher / FILE).fingerprint if (teacher / FILE).exists() else ""
    content = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))
    canonical = json.dumps(content, sort_keys=True).encode()
    return {"teacher": fingerprint, "tokenizer": hashlib.sha256(canonical).hexdigest()}


def check_made_by(stored: dict[str, str], expected: dict[str, str], *, where: Path) -> None:
    """Refuse a signal of another teacher than `made_by` said; UserError with what differs."""
    for name, what in (("teacher", "fingerprint"), ("tokenizer", "tokenizer's digest")):
        found, wanted = stored.get(name, ""), expected.get(name, "")
        if found and wanted and found != wanted:
            raise UserError(
                f"{where} was made by another teacher: the {what} is {found[:16]} there and {wanted[:16]} is "
                "expected; run `teach` again with this one, or give the student that one"
            )
