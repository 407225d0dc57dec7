"""The stage `collect`: what it writes, counts and refuses."""

import gzip
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from alambic.data.documents import Document, read_documents
from alambic.data.inputs import Inputs
from alambic.data.local_data import folder_digest
from alambic.errors import UserError
from alambic.settings import Collect
from alambic.stages.collect.run import run

GOOD = Document("a", "Un texte.", "made", "", "CC-BY-4.0")


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Collect]:
    """Give the settings of a folder with the files given by name."""

    def make(files: dict[str, str | bytes], **options: str) -> Collect:
        folder = tmp_path / "source"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        given = {"path": str(folder), "digest": folder_digest(folder), "licence": "CC-BY-4.0", **options}
        return Collect.model_validate({"source": "folder", **given})

    return make


def test_documents_are_written_and_counted(source: Callable[..., Collect], tmp_path: Path) -> None:
    settings = source({"b.txt": "Deux mots", "a/a.txt": "Trois petits mots\nici\n"})
    facts = run(settings, Inputs(), tmp_path)
    assert facts == {
        "documents": 2, "words": 6, "characters": 30, "licences": {"CC-BY-4.0": 2}, "read": 2, "rejected": 0,
        "left_out": {}, "first_rejected": [],
    }  # fmt: skip
    assert [(d.id, d.text) for d in read_documents(tmp_path)] == [
        ("a/a.txt", "Trois petits mots\nici"),
        ("b.txt", "Deux mots"),
    ]


def test_the_same_source_gives_the_same_bytes(source: Callable[..., Collect], tmp_path: Path) -> None:
    settings = source({"a.jsonl": '{"text": "un", "b": 1, "a": [2]}\n{"text": "deux"}\n'})
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run(settings, Inputs(), tmp_path / name)
    one, two = (sorted(path.read_bytes() for path in (tmp_path / name).glob("*.parquet")) for name in ("one", "two"))
    assert one == two and len(one) == 1


def test_shards_of_a_stopped_attempt_do_not_stay(source: Callable[..., Collect], tmp_path: Path) -> None:
    (tmp_path / "documents-00007.parquet").write_bytes(b"old")
    run(source({"a.txt": "un"}), Inputs(), tmp_path)
    assert [path.name for path in tmp_path.glob("*.parquet")] == ["documents-00000.parquet"]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([], "source 'made' gave no document"),
        ([GOOD, GOOD], "document 1 .*: the id 'a' was given before"),
        ([replace(GOOD, id=" ")], "document 0 .*: id is empty"),
        ([GOOD, replace(GOOD, id="b", text=None)], r"document 1 \(id 'b'\): text is None, expected text"),
        ([replace(GOOD, id=7)], "id is 7, expected text"),
        ([replace(GOOD, licence="")], "licence is empty"),
        ([replace(GOOD, metadata={"n": 3})], "metadata 'n' is 3, expected text"),
    ],
    ids=["none", "duplicate", "empty id", "no text", "number", "no licence", "metadata"],
)
def test_bad_documents_are_one_clear_error(
    documents: list[Document], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("alambic.stages.collect.sources.made")

    def fetch() -> Iterator[Document]:
        yield from documents

    module.fetch = fetch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings = Collect.model_construct(source="made", options={})
    with pytest.raises(UserError, match=message):
        run(settings, Inputs(), tmp_path)


TABLES = {
    "a.jsonl": '{"text": "Asthme", "code": "J45", "n": 1}\n\n{"text": "Toux", "code": "R05", "n": null}\n',
    "b.csv": 'text;code;n\n"Asthme";J45;1\nToux;R05;\n',
    "c.tsv": "code\tn\ttext\nJ45\t1\tAsthme\nR05\t\tToux\n",
    "d.csv.gz": gzip.compress(b"\xef\xbb\xbftext,code,n\nAsthme,J45,1\nToux,R05,\n"),
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_kind_of_table_reads_alike(name: str, source: Callable[..., Collect], tmp_path: Path) -> None:
    run(source({name: TABLES[name]}, id_column="code", name="mine"), Inputs(), tmp_path)
    first, second = read_documents(tmp_path)
    assert (first.id, first.text, first.source, first.metadata) == ("J45", "Asthme", "mine", {"n": "1"})
    assert (second.id, second.text, second.metadata.get("n", "")) == ("R05", "Toux", "")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"text": "un"}\n{"text": ', "a.jsonl:2: not a readable jsonl line"),
        ("a.csv", "text,b\nun,2,3\n", "more cells than the 2 columns"),
        ("a.csv", "titre,b\nun,2\n", "no column 'text'; its columns: titre, b"),
        ("a.txt", "é".encode("latin-1"), "a.txt: is not a readable txt file in UTF-8"),
        ("a.csv.gz", gzip.compress(b"text,b\n" * 9999, mtime=0)[:-30], "a.csv.gz is cut short or damaged"),
        ("a.parquet", b"PAR1 and nothing", "a.parquet is not a readable parquet"),
        ("a.pdf", "x", "a.pdf: a kind of file that is not read"),
        ("README.md", "x", "gave no document"),
    ],
)
def test_unreadable_files_are_named(
    name: str, content: str | bytes, message: str, source: Callable[..., Collect], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        run(source({name: content}), Inputs(), tmp_path)
