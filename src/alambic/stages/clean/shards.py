"""The shards of an artifact, put together out of those of its parts."""

import os
from pathlib import Path

import pyarrow.parquet as pq

from alambic.data.documents import CHARACTERS_PER_SHARD, ROWS_PER_SHARD, join_tables


def gather(paths: list[Path], folder: Path, part: str) -> None:
    """Number shards anew, in the order given, small ones in a row made one; the given files stay."""
    for leftover in folder.glob(f"{part}-*.parquet"):  # of an attempt that was stopped
        leftover.unlink()
    for number, group in enumerate(_together(paths)):
        path = folder / f"{part}-{number:05d}.parquet"
        if len(group) == 1:
            os.link(group[0], path)
        else:
            join_tables(group, path)


def _together(paths: list[Path]) -> list[list[Path]]:
    groups: list[list[Path]] = []
    rows = size = 0
    for path in paths:
        metadata = pq.read_metadata(path)
        file_size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        rows, size = rows + metadata.num_rows, size + file_size
        if groups and rows <= ROWS_PER_SHARD and size <= CHARACTERS_PER_SHARD:
            groups[-1].append(path)
        else:
            groups.append([path])
            rows, size = metadata.num_rows, file_size
    return groups
