"""Store what a teacher says about a corpus, one shard at a time."""

import logging
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.batched import batched
from alambic.deadline import Deadline
from alambic.endings import Ended, Why
from alambic.errors import UserError
from alambic.inputs import Inputs
from alambic.provenance import made_by, text_digest
from alambic.records import Document, read_documents, write_table
from alambic.settings import Teach

log = logging.getLogger("alambic.teach")


def run(settings: Teach, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write `signal-*.parquet`, in the order of the corpus; shards that a killed attempt left whole are kept."""
    plugin = import_module(f"alambic.teach.signals.{settings.signal}")
    capture = plugin.capture(inputs.one("teacher"), **settings.options)
    speaks = made_by(inputs.one("teacher"))
    documents = read_documents(inputs.one("corpus"), part="train")
    count = tokens = size = shard = 0
    deadline, longest = Deadline.from_environment(), 0.0
    for batch in batched(documents, settings.documents_per_shard):
        path = output / f"signal-{shard:05d}.parquet"
        if not path.exists():
            if deadline.near(2 * longest):
                raise Ended(Why.WALL_LIMIT, f"{shard} shards are stored")
            begun = time.monotonic()
            write_table(_with_provenance(capture(batch), batch, speaks), path)
            longest = max(longest, time.monotonic() - begun)
        written = pq.read_metadata(path)
        if written.num_rows != len(batch):
            raise UserError(f"{path} has {written.num_rows} rows, expected {len(batch)}: remove it and run again")
        tokens += int(written.metadata[b"tokens"])
        count, size, shard = count + len(batch), size + path.stat().st_size, shard + 1
        log.info("%d documents, %d teacher tokens", count, tokens)
    if not count:
        raise UserError("the corpus has no training document: look at what its cleaning dropped, and why")
    return {"documents": count, "tokens": tokens, "bytes_per_token": round(size / tokens, 1), "shards": shard}


def _with_provenance(table: pa.Table, documents: list[Document], speaks: dict[str, str]) -> pa.Table:
    """Add what says of which text by which teacher each row is, for who reads it."""
    digests = pa.array([text_digest(document.text) for document in documents], pa.binary(8))
    facts = {name.encode(): value.encode() for name, value in speaks.items()}
    return table.append_column("text", digests).replace_schema_metadata({**(table.schema.metadata or {}), **facts})
