"""Store the outputs of a teacher on a corpus, one shard at a time."""

import logging
import time
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.batched import batched
from alambic.data.documents import Document, read_documents, write_table
from alambic.data.inputs import Inputs
from alambic.data.signal_store import made_by, text_digest
from alambic.errors import UserError
from alambic.runtime.deadline import Deadline
from alambic.runtime.ranks import Ranks
from alambic.runtime.waiting import wait_until
from alambic.settings import Teach
from alambic.stages.teach.parts import CHARACTERS, Parts

log = logging.getLogger("alambic.stages.teach")


def run(settings: Teach, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write `signal-*.parquet`, in the order of the corpus; shards that a killed attempt left whole are kept.

    Ranks take them in turn, and know of each other's by the files alone. The first rank waits for all, and gives facts.
    """
    ranks = Ranks.from_environment()
    sizes = _capture(settings, inputs, output, ranks)
    return _facts(sizes, output) if ranks.is_first else {}


def _capture(settings: Teach, inputs: Inputs, output: Path, ranks: Ranks) -> list[int]:
    """Write the shards that are this rank's and not there yet; give the number of documents of every shard."""
    plugin = import_module(f"alambic.stages.teach.signals.{settings.signal}")
    teacher = cache(partial(plugin.capture, inputs.one("teacher"), **settings.options))  # opened where there is work
    provenance = made_by(inputs.one("teacher"))
    documents = read_documents(inputs.one("corpus"), part="train")
    parts, sizes = _parts(output), []
    for number, batch in enumerate(batched(documents, settings.documents_per_shard)):
        sizes.append(len(batch))
        path = _shard(output, number)
        if number % ranks.world_size != ranks.rank or path.exists():
            continue
        started = time.monotonic()
        table = parts.capture(lambda part: teacher()(part), batch, shard=number)
        write_table(_with_provenance(table, batch, provenance), path)
        parts.forget(number)
        log.info("shard %d: %d documents, %.1f s", number, len(batch), time.monotonic() - started)
    return sizes


def _parts(output: Path) -> Parts:
    from alambic.models.device import device_of

    return Parts(output, characters=CHARACTERS[device_of().type], deadline=Deadline.from_environment())


def _facts(sizes: list[int], output: Path) -> dict[str, Any]:
    """Wait for the shards of all ranks, and measure them."""
    if not sizes:
        raise UserError("the corpus has no training document: look at what its cleaning dropped, and why")
    tokens = size = 0
    for number, documents in enumerate(sizes):
        path = _shard(output, number)
        wait_until(path.exists)
        written = pq.read_metadata(path)
        if written.num_rows != documents:
            raise UserError(f"{path} has {written.num_rows} rows, expected {documents}: remove it and run again")
        tokens, size = tokens + int(written.metadata[b"tokens"]), size + path.stat().st_size
    shown = round(size / tokens, 1)
    return {"documents": sum(sizes), "tokens": tokens, "bytes_per_token": shown, "shards": len(sizes)}


def _shard(output: Path, number: int) -> Path:
    return output / f"signal-{number:05d}.parquet"


def _with_provenance(table: pa.Table, documents: list[Document], provenance: dict[str, str]) -> pa.Table:
    """Add the text and the teacher that each row is of, so that readers can check them."""
    digests = pa.array([text_digest(document.text) for document in documents], pa.binary(8))
    facts = {name.encode(): value.encode() for name, value in provenance.items()}
    return table.append_column("text", digests).replace_schema_metadata({**(table.schema.metadata or {}), **facts})
