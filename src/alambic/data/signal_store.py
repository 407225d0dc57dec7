"""A stored signal, read in step with its corpus: neither is ever held whole, and each must be of the other."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from alambic.data.documents import Document, damage_named
from alambic.data.manifest import FILE, Manifest
from alambic.data.shards import shards_of
from alambic.errors import UserError

Row = TypeVar("Row")
Key = tuple[str, bytes | None]  # a document's id, and the digest of its text

PART = "signal"  # how its shards are named
DOCUMENTS_AT_ONCE = 256


def facts_of(folder: Path) -> dict[str, str]:
    """Give the metadata of the first shard, which are those of all."""
    for path in shards_of(folder, PART):
        return _facts(path)
    raise UserError(f"{folder} holds no signal: remove it and run `teach` again")


def check_signal(folder: Path, teacher: Path | None) -> None:
    """Refuse a signal of which a shard was made by another teacher, or by one with another tokenizer.

    Without `teacher`, by another than the one that its own artifact was made by, and its first shard.
    """
    expected = _made_by_first_shard(folder) if teacher is None else made_by(teacher)
    for path in shards_of(folder, PART):
        check_made_by(_facts(path), expected, where=path)


def _made_by_first_shard(folder: Path) -> dict[str, str]:
    first = facts_of(folder)
    teachers = Manifest.read(folder / FILE).inputs.get("teacher", []) if (folder / FILE).exists() else []
    return {**first, "teacher": teachers[0] if teachers else first.get("teacher", "")}


def stored_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of all shards, in order."""
    for path in shards_of(folder, PART):
        with damage_named(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(batch_size=DOCUMENTS_AT_ONCE):
                yield from batch.to_pylist()


def key_of(row: dict[str, Any]) -> Key:
    """Give the document and the digest of the text that a row is about."""
    return row["id"], row.get("text")


def zip_with_corpus(documents: Iterable[Document], rows: Iterable[tuple[Key, Row]]) -> Iterator[tuple[Document, Row]]:
    """Pair each document with its row of a signal; UserError where the two are not of one corpus."""
    remaining = iter(rows)
    for document in documents:
        (name, digest), row = next(remaining, ((None, None), None))
        if row is None or name != document.id:
            problem = f"speaks of document {name}" if name is not None else "ends"
            raise UserError(
                f"the signal {problem} where the corpus has document {document.id}: it was made from another corpus"
            )
        if digest is not None and digest != text_digest(document.text):
            raise UserError(
                f"the text of document {document.id} is not the one that the teacher read: the signal was made from "
                "another corpus; run `teach` again on this one"
            )
        yield document, row
    extra = next(remaining, None)
    if extra is not None:
        raise UserError(
            f"the signal goes on with document {extra[0][0]} after the corpus: it was made from another corpus"
        )


def _facts(path: Path) -> dict[str, str]:
    with damage_named(path):
        return {name.decode(): value.decode() for name, value in (pq.read_metadata(path).metadata or {}).items()}


def text_digest(text: str) -> bytes:
    """Digest a text into 8 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def made_by(teacher: Path) -> dict[str, str]:
    """Identify a teacher: its artifact's fingerprint, empty where it is no artifact, and its tokenizer's digest.

    The tokenizer counts by its content, however it is laid out in the file.
    """
    fingerprint = Manifest.read(teacher / FILE).fingerprint if (teacher / FILE).exists() else ""
    content = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))
    canonical = json.dumps(content, sort_keys=True).encode()
    return {"teacher": fingerprint, "tokenizer": hashlib.sha256(canonical).hexdigest()}


def check_made_by(stored: dict[str, str], expected: dict[str, str], *, where: Path) -> None:
    """Refuse a signal of another teacher than `made_by` gives; UserError with what differs."""
    for name, what in (("teacher", "fingerprint"), ("tokenizer", "tokenizer's digest")):
        actual, required = stored.get(name, ""), expected.get(name, "")
        if actual and required and actual != required:
            raise UserError(
                f"{where} was made by another teacher: the {what} is {actual[:16]} there and {required[:16]} is "
                "expected; run `teach` again with this one, or give the student that one"
            )
