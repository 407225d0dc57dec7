"""Of a folder the shards are read, and nothing that somebody, or a file system, left beside them."""

import shutil

import pyarrow.parquet as pq
import pytest

from alambic.data.artifact import complete, list_files
from alambic.data.documents import Document, count_documents, read_documents, write_documents
from alambic.data.manifest import Manifest
from alambic.data.shards import shards_of
from alambic.data.signal_store import facts_of, stored_rows
from alambic.errors import UserError

DOCUMENTS = [Document(str(number), f"texte {number}", "x", "", "CC0-1.0") for number in range(3)]
STRAY = (
    "train-00000.parquet~",
    "train-00000 (copie).parquet",
    "train-copie.parquet",
    ".nfs000000000123",
    "._train-00000.parquet",
    "train-00000.parquet.part",
    "train-1.parquet",
    "train-.parquet",
    "train.parquet",
    "train-00000.parquet.bak",
)


@pytest.fixture
def corpus(tmp_path):
    write_documents(DOCUMENTS, tmp_path, part="train")
    return tmp_path


def finish(folder):
    complete(folder, Manifest("clean", "medical", "a" * 64, {}, {}, {}, {}, {}, list_files(folder)))


@pytest.mark.parametrize("name", STRAY)
def test_what_is_named_otherwise_is_no_shard(corpus, name):
    (corpus / name).write_bytes(b"PAR1 and no more")
    assert list(read_documents(corpus, part="train")) == DOCUMENTS and count_documents(corpus, part="train") == 3


def test_a_folder_is_no_shard(corpus):
    (corpus / "train-00001.parquet").mkdir()
    assert list(read_documents(corpus, part="train")) == DOCUMENTS


def test_what_the_manifest_does_not_name_is_no_shard(corpus):
    finish(corpus)
    (corpus / "train-00001.parquet").write_bytes((corpus / "train-00000.parquet").read_bytes()[:200])
    shutil.copy(corpus / "train-00000.parquet", corpus / "train-00002.parquet")
    shutil.copy(corpus / "train-00000.parquet", corpus / "held_out-00000.parquet")
    assert list(read_documents(corpus, part="train")) == DOCUMENTS and count_documents(corpus, part="train") == 3
    assert list(read_documents(corpus, part="held_out")) == []


def test_half_a_shard_is_one_error_that_names_it(corpus):
    (corpus / "train-00001.parquet").write_bytes((corpus / "train-00000.parquet").read_bytes()[:200])
    for reads in (lambda: list(read_documents(corpus, part="train")), lambda: count_documents(corpus, part="train")):
        with pytest.raises(UserError, match=r"train-00001.parquet is not whole Parquet"):
            reads()


def test_a_signal_is_read_alike(corpus):
    table = pq.read_table(corpus / "train-00000.parquet").replace_schema_metadata({"teacher": "t"})
    pq.write_table(table, corpus / "signal-00000.parquet")
    finish(corpus)
    (corpus / "signal-00001.parquet").write_bytes(b"PAR1")
    (corpus / "signal-.parquet").write_bytes(b"PAR1")
    assert facts_of(corpus)["teacher"] == "t" and len(list(stored_rows(corpus))) == 3


def test_shards_are_in_their_order(tmp_path):
    for number in (2, 10, 0, 100_000):
        (tmp_path / f"train-{number:05d}.parquet").touch()
    assert [path.name[6:-8] for path in shards_of(tmp_path, "train")] == ["00000", "00002", "00010", "100000"]
