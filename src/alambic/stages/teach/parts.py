"""A shard is captured part by part, so that a kill costs minutes of a slow teacher and not the whole shard.

Where parts begin and end is a matter of the texts alone, never of the clock: a shard holds the same whether it was
interrupted or not. How often finished parts are saved is a matter of the clock.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from alambic.data.documents import Document
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.runtime.progress import Progress
from alambic.runtime.whole_file import replaced

log = logging.getLogger("alambic.stages.teach")

FOLDER = ".captured"
# Characters of a part: seconds of a slow teacher on a CPU; on a GPU enough for a few full forwards.
CHARACTERS = {"cpu": 10_000, "cuda": 1_000_000}
SAVE_SECONDS = 60.0

Capture = Callable[[list[Document]], pa.Table]


class Parts:
    """Captures the shards of a stage, and keeps what is finished of them in `<output>/.captured`."""

    def __init__(self, output: Path, *, characters: int, deadline: Deadline) -> None:
        self._folder, self._characters, self._deadline = output / FOLDER, characters, deadline
        self._longest, self._progress = 0.0, Progress()

    def capture(self, capture: Capture, documents: list[Document], *, shard: int) -> pa.Table:
        """Give the table of a shard; what an earlier attempt saved of it is not captured again."""
        folder = self._folder / f"{shard:05d}"
        tables, parts = self._saved(folder, list(cut(documents, self._characters)))
        done = sum(table.num_rows for table in tables)
        if done:
            log.info("shard %d: %d of %d documents are there already", shard, done, len(documents))
        saved, saved_at = len(tables), time.monotonic()
        for part in parts:
            if not self._deadline.leaves_time_for_part(self._longest):
                _save(tables[saved:], folder, done)
                stored = sum(1 for _ in self._folder.parent.glob("signal-*.parquet"))
                raise EarlyExit(ExitReason.WALL_LIMIT, f"{stored} shards are stored, and {done} documents of another")
            if time.monotonic() - saved_at > SAVE_SECONDS:
                _save(tables[saved:], folder, done)
                saved, saved_at = len(tables), time.monotonic()
            started = time.monotonic()
            tables.append(capture(part))
            done += len(part)
            self._longest = max(self._longest, time.monotonic() - started)
            if self._progress.is_due():
                log.info("shard %d: %d of %d documents", shard, done, len(documents))
        return combined(tables)

    def _saved(self, folder: Path, parts: list[list[Document]]) -> tuple[list[pa.Table], list[list[Document]]]:
        """Give what was saved of a shard, and the parts that are left; all of them where it cannot be gone on from."""
        try:
            tables = [_read(path) for path in sorted(folder.glob("part-*.arrow"))]
        except (OSError, pa.ArrowInvalid) as error:
            tables = []
            log.warning("%s is damaged, its shard begins anew: %s", folder, error)
        done, ends = sum(table.num_rows for table in tables), [0, *accumulate(map(len, parts))]
        if done in ends and tables:
            return tables, parts[ends.index(done) :]
        if tables:  # on a GPU parts are larger
            log.warning("%s was saved on another kind of device: its shard begins anew", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return [], parts

    def forget(self, shard: int) -> None:
        """Remove what was saved of a shard that is written."""
        shutil.rmtree(self._folder / f"{shard:05d}", ignore_errors=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def _save(tables: list[pa.Table], folder: Path, done: int) -> None:
    """Save the tables since the last time, under a name that keeps their order."""
    if tables:
        folder.mkdir(parents=True, exist_ok=True)
        table = combined(tables)
        # Not Parquet, which would give back lists whose elements have another name.
        with replaced(folder / f"part-{done:08d}.arrow") as stream, pa.ipc.new_file(stream, table.schema) as file:
            file.write_table(table)


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as stream:
        return pa.ipc.open_file(stream).read_all()


def combined(tables: list[pa.Table]) -> pa.Table:
    """Put tables together: their rows in order, and their numbers of tokens added up."""
    if len(tables) == 1:
        return tables[0]
    tokens = sum(int(table.schema.metadata[b"tokens"]) for table in tables)
    together = pa.concat_tables(table.replace_schema_metadata(None) for table in tables).combine_chunks()
    return together.replace_schema_metadata({**tables[0].schema.metadata, b"tokens": str(tokens).encode()})


def cut(documents: list[Document], characters: int) -> Iterator[list[Document]]:
    """Cut documents into parts, each of which ends with the document that brings it to so many characters."""
    part: list[Document] = []
    size = 0
    for document in documents:
        part.append(document)
        size += len(document.text)
        if size >= characters:
            yield part
            part, size = [], 0
    if part:
        yield part
