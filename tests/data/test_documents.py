"""Documents in shards: whole, in order, and never all of them in memory."""

import gc
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data import documents as module
from alambic.data.documents import Document, read_documents, write_documents
from alambic.errors import UserError


def documents(count: int) -> list[Document]:
    return [Document(str(n), f"texte {n}", "s", "", "CC0-1.0", metadata={"n": str(n)}) for n in range(count)]


def test_documents_are_written_as_they_come(tmp_path: Path, monkeypatch) -> None:
    """What a reader takes at once, and a writer keeps, is a piece of a shard."""
    monkeypatch.setattr(module, "ROWS_PER_SHARD", 10)
    monkeypatch.setattr(module, "CHARACTERS_AT_ONCE", 20)
    assert write_documents(iter(documents(25)), tmp_path) == 25
    shards = [pq.read_metadata(path) for path in sorted(tmp_path.glob("documents-*.parquet"))]
    assert [shard.num_rows for shard in shards] == [10, 10, 5]
    assert max(shard.row_group(n).num_rows for shard in shards for n in range(shard.num_row_groups)) == 3
    assert list(read_documents(tmp_path)) == documents(25)


def test_no_document_makes_no_shard(tmp_path: Path) -> None:
    assert write_documents(iter(()), tmp_path) == 0
    assert list(tmp_path.iterdir()) == [] and list(read_documents(tmp_path)) == []


def test_of_long_documents_a_reader_holds_few(tmp_path: Path) -> None:
    """Books: a thousand of them are not read at once, nor when shards are put together."""
    book = "mot " * (module.CHARACTERS_AT_ONCE // 4)
    write_documents((Document(str(n), book, "s", "", "CC0-1.0") for n in range(12)), tmp_path)
    gc.collect()
    before = pa.total_allocated_bytes()
    next(read_documents(tmp_path))
    assert pa.total_allocated_bytes() - before < 3 * len(book)
    module.join_tables([tmp_path / "documents-00000.parquet"] * 2, tmp_path / "joined.parquet")
    assert pq.read_metadata(tmp_path / "joined.parquet").num_row_groups == 24
    rows = pq.read_table(tmp_path / "joined.parquet", columns=["id"])["id"].to_pylist()
    assert rows == [str(n) for n in range(12)] * 2


def test_a_flipped_bit_of_a_shard_is_one_error_or_changes_nothing(tmp_path):
    written = documents(50)
    write_documents(written, tmp_path)
    path, draw = tmp_path / "documents-00000.parquet", random.Random(3)
    whole = path.read_bytes()
    refused = 0
    for bit in [draw.randrange(len(whole) * 8) for _ in range(600)]:
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        try:
            assert list(read_documents(tmp_path)) == written, f"bit {bit}"
        except UserError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > 300


def test_a_shard_is_not_written_through_a_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "documents-00000.parquet").symlink_to(victim)
    write_documents([Document("a", "Toux.", "mine", "", "MIT")], tmp_path)
    assert victim.read_text() == "mine"
