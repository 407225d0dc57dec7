"""Bring the documents of one source, and count them."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from hashlib import blake2b
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from alambic.data import rejected
from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.rejected import Rejections, half_sign, unusable
from alambic.errors import UserError
from alambic.settings import Collect

log = logging.getLogger("alambic.stages.collect")

STRINGS = [field.name for field in fields(Document) if field.name != "metadata"]
TOLD_EVERY = 100_000  # documents


def run(settings: Collect, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write the source's documents as shards `documents-*.parquet`, and what it rejects as `rejected.jsonl`.

    UserError when there is no document, when one breaks the contract of `Document`, or when more is rejected than
    `max_rejected` allows.
    """
    for leftover in output.glob("documents-*.parquet"):  # of an attempt that was stopped; it may have had more shards
        leftover.unlink()
    fetch = import_module(f"alambic.stages.collect.sources.{settings.source}").fetch
    rejections = Rejections(settings.max_rejected, output / rejected.FILE)
    given = (rejections,) if takes_rejections(fetch) else ()
    facts = Facts()
    source = f"source '{settings.source}'"
    documents = usable(check(fetch(*given, **settings.options), source, rejections), source, rejections)
    write_documents(facts.count(documents), output)
    rejections.check(source)
    if not facts.documents:
        raise UserError(f"{source} gave no document: check its options {settings.options}")
    if rejections.rejected:
        log.warning("%d of %d rejected, see %s", rejections.rejected, rejections.read, output / rejected.FILE)
    return {**facts.report(), **rejections.facts()}


def takes_rejections(fetch: Callable[..., Any]) -> bool:
    """Tell whether a source's function has a first parameter, for what it rejects; its options are named ones."""
    return any(parameter.kind is Parameter.POSITIONAL_OR_KEYWORD for parameter in signature(fetch).parameters.values())


def usable(documents: Iterable[Document], source: str, rejections: Rejections) -> Iterator[Document]:
    """Give the documents that have a text and can be written; whatever their source, the others are rejected."""
    for rank, document in enumerate(documents):
        if reason := unusable(document.text) or _half_sign(document):
            rejections.add(_place(source, rank, document, rejections), reason, document.text)
        else:
            rejections.accept()
            yield document


def _place(source: str, rank: int, document: Document, rejections: Rejections) -> str:
    """Say where a document stands: as its reader says, or else its number among those of the source."""
    return f"{rejections.place or f'{source}, document {rank}'} (id {document.id!r})"


def _half_sign(document: Document) -> str:
    """Say which field holds half of a sign, empty where none does."""
    fields = {name: getattr(document, name) for name in STRINGS} | document.metadata
    for name, value in fields.items():
        if reason := half_sign(name) or half_sign(value):
            return f"{name}: {reason}"
    return ""


class Facts:
    """What passes by, counted."""

    def __init__(self) -> None:
        self.documents = self.words = self.characters = 0
        self.licences: Counter[str] = Counter()

    def count(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Give the same documents, counted."""
        for document in documents:
            self.documents += 1
            self.words += len(document.text.split())
            self.characters += len(document.text)
            self.licences[document.licence] += 1
            if self.documents % TOLD_EVERY == 0:
                log.info("%d documents", self.documents)
            yield document

    def report(self) -> dict[str, Any]:
        """Give the counts; a word is what stands between white space."""
        counts = {"documents": self.documents, "words": self.words, "characters": self.characters}
        return {**counts, "licences": dict(sorted(self.licences.items()))}


def check(documents: Iterable[Document], source: str, rejections: Rejections) -> Iterator[Document]:
    """Give the same documents; UserError at the first that has no identifier, one seen before, or a wrong type."""
    seen: set[int] = set()  # 64 bits of each identifier: about 60 bytes a document, whatever its length
    for rank, document in enumerate(documents):
        _check_types(document, _place(source, rank, document, rejections))
        key = int.from_bytes(blake2b(document.id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        if key in seen:
            raise UserError(
                f"{_place(source, rank, document, rejections)}: the id {document.id!r} was given before: "
                "identifiers must be unique"
            )
        seen.add(key)
        yield document


def _check_types(document: Document, where: str) -> None:
    for name in STRINGS:
        value = getattr(document, name)
        if not isinstance(value, str):
            raise UserError(f"{where}: {name} is {value!r}, expected text: correct the source's data or its columns")
    for name in ("id", "licence"):
        if not getattr(document, name).strip():
            raise UserError(f"{where}: {name} is empty: every document needs one")
    for key, value in document.metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise UserError(f"{where}: metadata {key!r} is {value!r}, expected text")
