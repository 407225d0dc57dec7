"""Files of rows and texts as people have them: encodings, line ends, quotes, packings, archives, damage."""

import bz2
import gzip
import json
import lzma
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from serving import collected, serving, tarred, zipped

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.local_data import folder_digest
from alambic.errors import UserError
from alambic.stages.collect.tables import as_text, read_rows

Collect = Callable[..., list[Document]]


@pytest.fixture
def folder(tmp_path: Path) -> Collect:
    """Collect a folder with the files given by name."""

    def collect(files: dict[str, str | bytes], /, **options: Any) -> list[Document]:
        for name, content in files.items():
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        given = {"path": str(tmp_path / "source"), "digest": folder_digest(tmp_path / "source"), "licence": "MIT"}
        return collected("folder", **given, **options)

    return collect


def parquet(table: pa.Table) -> bytes:
    written = BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


def texts(found: list[Document]) -> list[str]:
    return [document.text for document in found]


ROWS = '{"text": "Toux sèche", "n": 1}\n{"text": "Œdème", "n": 2}\n'
TABLE = parquet(pa.table({"text": ["Toux sèche", "Œdème"], "n": [1, 2]}))
PACKED = {
    "a.jsonl.gz": gzip.compress(ROWS.encode(), mtime=0),
    "a.jsonl.bz2": bz2.compress(ROWS.encode()),
    "a.JSONL.XZ": lzma.compress(ROWS.encode()),
    "a.ndjson": ROWS.encode(),
    "a.parquet": TABLE,
    "a.parquet.gz": gzip.compress(TABLE),
    "a.zip": zipped({"in/b.jsonl": ROWS.encode(), "__MACOSX/._b.jsonl": b"\0", "README.md": b"x"}),
    "b.zip": zipped({"b.parquet": TABLE}),
    "c.zip": zipped({"b.csv.gz": gzip.compress("text;n\r\nToux sèche;1\r\nŒdème;2\r\n".encode())}),
    "a.tar": tarred({"b.jsonl": ROWS.encode()}, "w"),
    "a.tar.bz2": tarred({"b.parquet": TABLE, ".hidden.jsonl": b"{"}, "w:bz2"),
    "a.tgz": tarred({"b.tsv": "text\tn\nToux sèche\t1\nŒdème\t2".encode()}),
}


@pytest.mark.parametrize("name", PACKED)
def test_every_packing_reads_alike(name: str, folder: Collect) -> None:
    found = folder({f"deep/er/{name}": PACKED[name], ".hidden/a.jsonl": "{"})
    assert texts(found) == ["Toux sèche", "Œdème"]
    assert [document.metadata["n"] for document in found] == ["1", "2"]
    assert all(document.id.startswith(f"deep/er/{name}") for document in found)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("text;n\r\nŒdème;1\r\n".encode("cp1252"), "cp1252"),
        ("text;n\rDémence;1\r".encode("latin-1"), "latin-1"),
        ("text;n\nŒdème;1\n".encode("utf-16"), "utf-16"),
        ("\ufefftext;n\nŒdème;1\n".encode(), "utf-8"),
    ],
    ids=["cp1252", "latin-1", "utf-16", "with a mark"],
)
def test_encodings_and_line_ends(content: bytes, encoding: str, folder: Collect) -> None:
    (found,) = folder({"a.csv": content}, encoding=encoding)
    assert found.text in ("Œdème", "Démence") and found.metadata == {"n": "1"}


def test_a_wrong_encoding_says_what_to_give(folder: Collect) -> None:
    with pytest.raises(UserError, match=r"not a readable csv file in UTF-8 .* give its `encoding`"):
        folder({"a.csv": "text;n\nŒdème;1\n".encode("cp1252")})
    with pytest.raises(UserError, match="not a readable txt file in UTF-16"):
        folder({"a.csv": "text;n\n".encode("utf-16"), "a.txt": "Toux"}, encoding="utf-16")


def test_texts_keep_their_paragraphs(folder: Collect) -> None:
    found = folder({"a.txt": "\ufeffUn.\r\n\r\nDeux.\r\n", "b.txt.gz": gzip.compress(b"Trois.\n\nQuatre.")})
    assert texts(found) == ["Un.\n\nDeux.", "Trois.\n\nQuatre."]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", 'text,n\n"Toux, ""sèche""\nla nuit",1\n', 'Toux, "sèche"\nla nuit'),
        ("a.csv", "text;n\n\nToux, la nuit;1\n\n", "Toux, la nuit"),
        ("a.tsv", "text\nToux, la nuit\n", "Toux, la nuit"),  # one column: the comma is no delimiter
        ("a.tsv", "n\ttext\n1\tToux; la nuit\n", "Toux; la nuit"),
    ],
)
def test_quotes_and_delimiters(name: str, content: str, expected: str, folder: Collect) -> None:
    assert texts(folder({name: content})) == [expected]


def test_quotation_marks_may_be_signs_like_others(folder: Collect) -> None:
    content = 'text\tn\n"Toux" sèche\t1\n5" de large\t2\n'
    with pytest.raises(UserError, match=r"a\.tsv:2: a quotation mark within a cell .* `quotes: none`"):
        folder({"a.tsv": content})
    assert texts(folder({"a.tsv": content}, quotes="none")) == ['"Toux" sèche', '5" de large']


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text;n\nToux\n", "a.csv:2: 1 cells, fewer cells than the 2 columns"),
        ("a.csv", "text;text\nToux;1\n", "two columns have one name"),
        ("a.jsonl", '{"text": "un"}\n\n{"text": "deux"\n', "a.jsonl:3: "),
        ("a.jsonl.gz", gzip.compress(ROWS.encode(), mtime=0)[:-8] + b"\0" * 8, "cut short or damaged"),
        ("a.jsonl.gz", gzip.compress(ROWS.encode(), mtime=0)[:10] + b"\xff" * 60, "cut short or damaged"),
        ("a.jsonl.bz2", bz2.compress(ROWS.encode() * 999)[:-20], "cut short or damaged"),
        ("a.jsonl.bz2", b"BZh9 and nothing", "cut short or damaged"),
        ("a.jsonl.xz", lzma.compress(ROWS.encode() * 999)[:-20], "cut short or damaged"),
        ("a.jsonl.gz", ROWS.encode(), "cut short or damaged"),
        ("a.zip", zipped({"a.jsonl": ROWS.encode() * 999})[:-30], "no readable zip or tar archive"),
        ("a.parquet", TABLE[:40] + b"\0" * 60 + TABLE[100:], "a.parquet"),
        ("a.parquet", TABLE[:-9], "not a readable parquet"),
        ("a.parquet", b"", "not a readable parquet"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_named(name: str, content: str | bytes, message: str, folder: Collect) -> None:
    with pytest.raises(UserError, match=message):
        folder({name: content})


def test_other_kinds_are_rejected_but_for_what_is_about_the_data(folder: Collect) -> None:
    assert texts(folder({"a.txt": "Toux", "README": "x", "LICENSE-MIT": "x", "SOURCE.md": "x"})) == ["Toux"]
    with pytest.raises(UserError, match=r"b/c\.PDF: a kind of file that is not read"):
        folder({"b/c.PDF": "x"})
    assert texts(folder({}, files=["*.txt"])) == ["Toux"]


def test_the_same_identifier_in_two_files_is_an_error(folder: Collect) -> None:
    with pytest.raises(AssertionError, match="identifiers must be unique"):
        folder({"a.csv": "id,text\n1,un\n", "b/a.csv": "id,text\n1,deux\n"}, id_column="id")
    assert [one.id for one in folder({})] == ["a.csv#0", "b/a.csv#0"]


def test_bytes_of_a_column_are_text(folder: Collect) -> None:
    content = parquet(pa.table({"text": pa.array(["Œdème".encode()], pa.binary()), "d": pa.array([None], pa.string())}))
    (found,) = folder({"a.parquet": content})
    assert (found.text, found.metadata) == ("Œdème", {})


def test_halves_of_a_sign_are_joined(folder: Collect, tmp_path: Path) -> None:
    found = folder({"a.jsonl": '{"text": "\\ud83d\\ude00 fin", "tags": ["\\ud83d\\ude00"]}\n'})
    write_documents(found, tmp_path)
    (read,) = read_documents(tmp_path)
    assert read.text == "😀 fin" and json.loads(read.metadata["tags"]) == ["😀"]
    assert as_text("\ud83d\ude00") == "😀"


@pytest.mark.parametrize(
    "line",
    [
        r'{"text": "Toux \ud83d fin"}',
        r'{"text": "Toux", "n": "\ude00"}', r'{"text": "Toux", "tags": [{"\ud800": 1}]}',
        r'{"text": "Toux", "\ud800": 1}', r'"Toux \ud800"', r'{"\ud800": "Toux"}',
    ],
)  # fmt: skip
def test_half_a_sign_is_rejected(line: str, folder: Collect) -> None:
    with pytest.raises(UserError, match=r"a\.jsonl:2: .*\\ud") as raised:
        folder({"a.jsonl": f'{{"text": "Un."}}\n{line}\n'})
    str(raised.value).encode()


PACKERS = {"bz2": bz2.compress, "xz": lzma.compress, "gz": gzip.compress}


@pytest.mark.parametrize("kind", PACKERS)
def test_streams_one_behind_the_other_are_read_whole(kind: str, folder: Collect) -> None:
    one, two = (PACKERS[kind](line.encode() + b"\n") for line in ROWS.splitlines())
    assert texts(folder({f"a.jsonl.{kind}": one + two})) == ["Toux sèche", "Œdème"]
    if kind != "bz2":  # whose format has no padding
        assert texts(folder({f"a.jsonl.{kind}": one + bytes(8) + two + bytes(4)})) == ["Toux sèche", "Œdème"]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda two: two[:-1], lambda two: two[:1], lambda two: two[:3], lambda two: b"\0" * 4 + b"x",
        lambda two: bytes([two[0] ^ 1]) + two[1:], lambda two: two[:-5] + bytes([two[-5] ^ 1]) + two[-4:],
        lambda two: two + b"x", lambda two: two + b"\0\0\0x" * 9, lambda two: b"garbage",
    ],
)  # fmt: skip
def test_a_second_stream_that_is_damaged_is_one_error(
    kind: str, spoil: Callable[[bytes], bytes], folder: Collect
) -> None:
    one, two = (PACKERS[kind](line.encode() + b"\n") for line in ROWS.splitlines())
    with pytest.raises(UserError, match="cut short or damaged"):
        folder({f"a.jsonl.{kind}": one + spoil(two)})


@pytest.mark.parametrize("kind", PACKERS)
def test_a_second_stream_of_an_archive_is_checked_too(kind: str, folder: Collect) -> None:
    content = tarred({"a.jsonl": ROWS.encode()}, "w")
    packed = PACKERS[kind](content[:1024]) + PACKERS[kind](content[1024:])
    assert len(folder({f"a.tar.{kind}": packed})) == 2
    for spoilt in (packed[:-5], packed + b"x", PACKERS[kind](content) + b"BZ"):
        with pytest.raises(UserError, match=r"cut short or damaged|no readable"):
            folder({f"a.tar.{kind}": spoilt})


def test_a_huge_line_is_one_document(folder: Collect) -> None:
    text = "mot " * 1_000_000
    assert texts(folder({"a.csv": f"n;text\n1;{text}\n", "b.jsonl": json.dumps({"text": text})})) == [text, text]


@pytest.mark.parametrize("name", ["a.csv.bz2", "a.jsonl.gz", "a.tsv"])
def test_memory_holds_a_few_rows(name: str, tmp_path: Path) -> None:
    line = {"a.csv.bz2": "Toux;1\n", "a.jsonl.gz": '{"text": "Toux"}\n', "a.tsv": "Toux\t1\n"}[name]
    head = {"a.csv.bz2": "text;n\n", "a.jsonl.gz": "", "a.tsv": "text\tn\n"}[name]
    content = (head + line * 50_000).encode()
    pack = {"bz2": bz2.compress, "gz": gzip.compress}.get(name.rpartition(".")[2], bytes)
    (tmp_path / name).write_bytes(pack(content))
    tracemalloc.start()
    assert sum(1 for _ in read_rows(tmp_path / name, name)) == 50_000
    assert tracemalloc.get_traced_memory()[1] < 3_000_000  # bzip2 needs one block of 900 kB
    tracemalloc.stop()


def test_a_file_at_an_address_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, monkeypatch) as site:
        options = site.put(ROWS.encode(), "api/1/datasets/r/0b62c1f5")
        site.faults = [("status", (302, {"Location": f"{site.url}/static/t.jsonl"})), ("break", 20)]
        assert texts(collected("web_file", licence="MIT", file="t.jsonl", **options)) == ["Toux sèche", "Œdème"]


def test_an_archive_at_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, monkeypatch) as site:
        content = zipped({"a.jsonl": ROWS.encode(), "b.txt": b"Un.\n\nDeux.", "LICENSE": b"<p>"})
        found = collected("web_file", licence="MIT", name="mine", **site.put(content, "t.zip"))
        assert texts(found) == ["Toux sèche", "Œdème", "Un.\n\nDeux."]
        assert [one.id for one in found] == ["t.zip/a.jsonl#0", "t.zip/a.jsonl#1", "t.zip/b.txt"]


def test_a_text_at_an_address_has_a_document_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, monkeypatch) as site:
        found = collected("web_file", licence="MIT", **site.put(b"Un\r\n\r\nDeux", "t.txt"))
        assert texts(found) == ["Un", "Deux"]
