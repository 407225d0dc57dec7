"""Rows out of a Parquet file, some at a time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked, unpacked_name
from alambic.stages.collect.lines import Row

ROWS = 1000
LARGEST = 1 << 34  # bytes of a table that is packed, or in an archive
AT_ONCE_COPIED = 1 << 20
AT_ONCE = 1 << 28  # bytes of a row group unpacked, above which fewer rows are taken at once


def read(file: Path | IO[bytes], name: str, rejections: Rejections) -> Iterator[Row]:
    """Yield the rows; one that Python cannot represent is rejected. UserError for two columns of one name."""
    with _laid_out(file, name) as stream, pq.ParquetFile(stream, page_checksum_verification=True) as table:
        columns = table.schema_arrow.names
        if len(set(columns)) < len(columns):
            raise UserError(f"{name}: two columns have one name: {columns}: rename one of them")
        if not table.metadata.num_rows:
            rejections.leave_out("tables without rows")
        groups = [table.metadata.row_group(group).total_byte_size for group in range(table.num_row_groups)]
        number = 0
        for batch in table.iter_batches(batch_size=ROWS if max(groups, default=0) < AT_ONCE else 10):
            for place, cells in enumerate(_cells(batch), number):
                if isinstance(cells, str):
                    rejections.add(f"{name}#{place}", cells)
                else:
                    yield Row(place, f"{name}#{place}", cells)
            number += batch.num_rows


def _cells(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | str]:
    """Give each row, or why it cannot be given."""
    try:
        yield from batch.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):  # of one cell, and all of them are lost
        for row in range(batch.num_rows):
            try:
                yield {name: _value(batch.column(name)[row]) for name in batch.schema.names}
            except (ValueError, OverflowError, pa.ArrowException) as error:
                yield f"a cell that cannot be read ({error})"


def _value(cell: Any) -> Any:
    """Give a cell; a time that Python does not know, such as one after the year 9999, as text."""
    try:
        return cell.as_py()
    except (ValueError, OverflowError, pa.ArrowException):
        text = str(pc.cast(cell, pa.string()).as_py())
        if text.startswith("<"):  # "<value out of range: ...>"
            raise
        return text


@contextmanager
def _laid_out(file: Path | IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """Give a table that is packed, or in an archive, as a file on the disk, since it is read from its end."""
    if isinstance(file, Path) and unpacked_name(name) == name.lower():
        with file.open("rb") as stream:
            yield stream
        return
    with unpacked(file, name) as stream, tempfile.TemporaryFile() as copy:
        while content := stream.read(AT_ONCE_COPIED):
            copy.write(content)
            if copy.tell() > LARGEST:
                raise UserError(f"{name} unpacks to more than {LARGEST:,} bytes: unpack it, and give the table itself")
        copy.seek(0)
        yield copy
