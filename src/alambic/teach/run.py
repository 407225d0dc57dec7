"""Store what a teacher says about a corpus, one shard at a time."""

import logging
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from alambic.errors import UserError
from alambic.inputs import Inputs
from alambic.records import read_documents, write_table
from alambic.settings import Teach

log = logging.getLogger("alambic.teach")


def run(settings: Teach, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write `signal-*.parquet`, in the order of the corpus; shards that a killed attempt left whole are kept."""
    plugin = import_module(f"alambic.teach.signals.{settings.signal}")
    capture = plugin.capture(inputs.one("teacher"), **settings.options)
    documents = read_documents(inputs.one("corpus"), part="train")
    count = tokens = size = shard = 0
    while batch := list(islice(documents, settings.documents_per_shard)):
        path = output / f"signal-{shard:05d}.parquet"
        if not path.exists():
            write_table(capture(batch), path)
        written = pq.read_metadata(path)
        if written.num_rows != len(batch):
            raise UserError(f"{path} has {written.num_rows} rows, expected {len(batch)}: remove it and run again")
        tokens += int(written.metadata[b"tokens"])
        count, size, shard = count + len(batch), size + path.stat().st_size, shard + 1
        log.info("%d documents, %d teacher tokens", count, tokens)
    if not count:
        raise UserError("the corpus has no training document: look at what its cleaning dropped, and why")
    return {"documents": count, "tokens": tokens, "bytes_per_token": round(size / tokens, 1), "shards": shard}
