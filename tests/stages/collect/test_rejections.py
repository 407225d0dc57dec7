"""Every reader counts what it does not understand: rows, lines, files, members of archives; one test per kind."""

import gzip
import json
import logging
import os
import re
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from serving import collected, tarred, zipped

from alambic.data.documents import Document, read_documents
from alambic.data.inputs import Inputs
from alambic.data.local_data import folder_digest
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.settings import Collect
from alambic.stages.collect import lines, tables
from alambic.stages.collect.run import run

Read = Callable[..., tuple[list[str], list[tuple[str, str]]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give the texts of a folder, and the places and reasons of what is rejected."""

    def collect(files: dict[str, str | bytes], /, source: str = "folder", **options: Any) -> Any:
        for name, content in files.items():
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        given = {"path": str(tmp_path / "source"), "digest": folder_digest(tmp_path / "source"), "licence": "MIT"}
        rejections = Rejections(1.0, tmp_path / "rejected.jsonl")
        found = collected(source, rejections, **given, **options)
        noted = (tmp_path / "rejected.jsonl").read_text().splitlines() if rejections.rejected else []
        return [one.text for one in found], [(one["place"], one["reason"]) for one in map(json.loads, noted)]

    return collect


def parquet(**columns: Any) -> bytes:
    written = BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


ROWS = {
    "cells": ("a.csv", "text,n\nUn.,1\nDeux.,2,3\nTrois.,3\n", ["Un.", "Trois."], [("a.csv:3", "more cells")]),
    "quotes": ("a.csv", 'text;n\n"Un" seul;1\nDeux.;2\n', ["Deux."], [("a.csv:2", "`quotes: none`")]),
    "unclosed": ("a.csv", 'text;n\nUn.;1\n"Deux.;2\nTrois.;3\n', ["Un."], [("a.csv:3-4", "closed: .*`quotes: none`")]),
    "swallowed": (
        "a.csv",
        'text;n\nUn.;1\n"Deux.;2\nTrois.;3\nQuatre";4\nCinq.;5\n',
        ["Un.", "Cinq."],
        [("a.csv:3-5", "opened in line 3 and closed in line 5, .*`quotes: none`")],
    ),
    "swallowed in a tsv": (
        "a.tsv", 'n\ttext\n"1\tUn.\n\n2"\tDeux.\n3\tTrois.\n', ["Trois."], [("a.tsv:2-4", "reads as a row")],
    ),
    "empty cell": ("a.csv", 'text;n\n;1\n" ";2\nTrois.;3\n', ["Trois."], [("a.csv:2", "empty"), ("a.csv:3", "empty")]),
    "nan of pandas": ("a.csv", "text;n\nnan;1\nNULL;2\nUn.;3\n", ["Un."], [("a.csv:2", "nan"), ("a.csv:3", "NULL")]),
    "NUL": ("a.csv", "text;n\nU\0n.;1\nUn.;3\n", ["Un."], [("a.csv:2", "NUL")]),
    "no csv": ("a.csv", "", [], [("a.csv", "an empty file")]),
    "no text": ("a.txt", "\n \n", [], [("a.txt", "empty text")]),
    "no encoding": ("a.txt", "fièvre".encode("latin-1"), [], [("a.txt", "not a readable txt file in UTF-8")]),
    "null": ("a.jsonl", '{"text": null}\n{"text": "Un."}\n', ["Un."], [("a.jsonl:1", "no text")]),
    "NaN": ("a.jsonl", '{"text": NaN}\n{"text": "Un.", "n": NaN}\n', ["Un."], [("a.jsonl:1", "no text")]),
    "missing": ("a.jsonl", '{"texte": "Un."}\n{"text": "Un."}\n', ["Un."], [("a.jsonl:1", "no column 'text'")]),
    "cut": ("a.jsonl", '{"text": "Un."}\n\n{"text": "Deux', ["Un."], [("a.jsonl:3", "not a readable jsonl line")]),
    "twice": ("a.jsonl", '{"text": "Un.", "text": "Deux."}\n', [], [("a.jsonl:1", "the key 'text' is there twice")]),
    "two": ("a.jsonl", '{"text": "Un."}{"text": "Deux."}\n', [], [("a.jsonl:1", "Extra data")]),
    "list": ("a.jsonl", '["Un.", "Deux."]\n42\n"Trois."\n', ["Trois."], [("a.jsonl:1", "list"), ("a.jsonl:2", "int")]),
    "object": ("a.jsonl", '{"text": {"fr": "Un."}}\n', [], [("a.jsonl:1", "dict, expected a text")]),
    "deep": ("a.jsonl", '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}\n", [], [("a.jsonl:1", "nested too deeply")]),
    "no jsonl": ("a.jsonl", "\n", [], [("a.jsonl", "an empty file")]),
    "nulls": ("a.parquet", parquet(text=["Un.", None, ""]), ["Un."], [("a.parquet#1", "null"), ("a.parquet#2", "emp")]),
    "floats": ("a.parquet", parquet(text=[1.5, float("nan")]), ["1.5"], [("a.parquet#1", "nan")]),
    "bytes": ("a.parquet", parquet(text=[b"\xff", b"Un."]), ["Un."], [("a.parquet#0", "no text in UTF-8")]),
    "nested": ("a.parquet", parquet(text=[["Un."], []]), [], [("a.parquet#0", "list"), ("a.parquet#1", "list")]),
    "years": (
        "a.parquet",
        parquet(text=["Un.", "Deux."], day=pa.array([10**18, 0], pa.timestamp("us"))),
        ["Deux."],
        [("a.parquet#0", "a cell that cannot be read")],
    ),
    "other kind": ("a.pdf", "%PDF", [], [("a.pdf", "a kind of file that is not read")]),
    "nested zip": (
        "a.zip",
        zipped({"b.zip": zipped({"c.txt": b"Un."}), "d.txt": b"Un."}),
        ["Un."],
        [("a.zip/b.zip", "an archive within an archive")],
    ),
    "out of a zip": (
        "a.zip",
        zipped({"../b.txt": b"Un.", "c.txt": b"Deux."}),
        ["Deux."],
        [("a.zip/../b.txt", "leads out")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_what_is_not_understood_is_rejected_with_its_place(kind: str, read: Read) -> None:
    name, content, texts, expected = ROWS[kind]
    found, rejected = read({name: content})
    assert found == texts
    assert [place for place, _ in rejected] == [place for place, _ in expected]
    for (_, reason), (_, words) in zip(rejected, expected, strict=True):
        assert re.search(words, reason)


def test_an_unclosed_quotation_mark_counts_the_lines_that_it_swallows(tmp_path: Path) -> None:
    rejections = Rejections(1.0)
    content = BytesIO(b'text;n\nUn.;1\n"Deux.;2\nTrois.;3\nQuatre.;4\n')
    rows = list(tables.read_rows(content, "a.csv", rejections=rejections))
    assert (len(rows), rejections.rejected) == (1, 3)


@pytest.mark.parametrize(
    "content",
    [
        'n,text\n1,Un.\n2,"Toux, fièvre\nla nuit"\n3,"Toux\nla nuit, fièvre"\n4,"a,b\nc"\n',
        '"text";"n"\n"Un;2\nDeux";"3"\n',
        'text\n"Toux\nla nuit"\n',
        'text;n;m\n"Toux\nla nuit";1;2\n"Un;1;2\nDeux;x;y";3;4\n',
        'n,text\n1,Un.\n2,"Toux,grasse\ndyspnée,fièvre"\n',
    ],
    ids=["sentences", "all quoted", "one column", "three columns", "no number"],
)
def test_a_cell_of_several_lines_is_one_cell(content: str, read: Read) -> None:
    found, rejected = read({"a.csv": content})
    assert not rejected and any("\n" in text for text in found)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ('"text;n\nUn.;1\nDeux.;2\n', r"a\.csv:1-3 is no header of a table \(.* opened and not closed"),
        ('text;"n\nUn.;1\nDeux.;2"\nTrois.;3\n', r"a\.csv:1-3 is no header .*opened in line 1 and closed in line 3"),
        ('"text;n\n' + "Un.;1\n" * 500, r"a\.csv:1-100 is no header of a table"),
        ('"te"xt;n\nUn.;1\n', r"a\.csv:1 is no header of a table \(a quotation mark within a cell"),
    ],
)
def test_a_header_swallows_no_rows(header: str, message: str, read: Read) -> None:
    with pytest.raises(UserError, match=message):
        read({"a.csv": header})


def test_a_quotation_mark_within_a_name_of_the_header_is_a_sign(read: Read) -> None:
    assert read({"a.csv": 'text;5" n\nUn.;1\nDeux.;2\n'}) == (["Un.", "Deux."], [])


def test_a_row_keeps_its_number_whatever_is_rejected_before_it(tmp_path: Path) -> None:
    content = b"text;n\nUn.;1\nDeux.;2;3\nTrois.;3\n"
    how = {"text_column": "text", "id_column": "", "source": "s", "licence": "MIT", "language": "fr"}
    found = tables.read_documents(BytesIO(content), "a.csv", **how, rejections=Rejections(1.0))
    assert [one.id for one in found] == ["a.csv#0", "a.csv#2"]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ('text\nToux; fièvre\n"HTA, diabète"\n', {}, ["Toux; fièvre", "HTA, diabète"]),
        ("text\nHTA, diabète; toux\n", {"delimiter": "none"}, ["HTA, diabète; toux"]),
        ('"a;b;c",text\n1,Un.\n', {}, ["Un."]),
        ("text;note, longue, très\nUn.;x\n", {"delimiter": "semicolon"}, ["Un."]),
        ('"n\nm",text\n1,Un.\n', {}, ["Un."]),
        ("sep=;\ntext;n\nUn, deux.;1\n", {}, ["Un, deux."]),
        ("\n\ntext;n\nUn.;1\n", {}, ["Un."]),
    ],
)
def test_the_delimiter(content: str, options: dict[str, str], expected: list[str], read: Read) -> None:
    assert read({"a.csv": content}, **options) == (expected, [])


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_utf_8_is_not_read_as_another_encoding(encoding: str, name: str, read: Read) -> None:
    content = {"a.csv": "text;n\nfièvre;1\n", "a.jsonl": '{"text": "fièvre"}\n', "a.txt": "fièvre"}[name]
    found, ((_, reason),) = read({name: content}, encoding=encoding)
    assert found == [] and f"reads as UTF-8, not as {encoding.upper()}: say `encoding: utf-8`" in reason
    read({name: content.encode(encoding)}, encoding=encoding)


def test_windows_is_not_read_as_latin_1(read: Read) -> None:
    found, ((_, reason),) = read({"a.txt": "un œdème".encode("cp1252")}, encoding="latin-1")
    assert found == [] and "say `encoding: cp1252`" in reason


def test_bytes_of_a_table_are_in_the_encoding_that_is_given(read: Read) -> None:
    content = parquet(text=["insuffisance rénale aiguë".encode("cp1252")])
    assert read({"a.parquet": content}, encoding="cp1252") == (["insuffisance rénale aiguë"], [])


def test_what_is_odd_and_right_is_read(read: Read) -> None:
    digits = "9" * 5000
    files = {
        "a.jsonl": f'\ufeff{{"text": "Un.", "n": {digits}}}\n\ufeff{{"text": "Deux\u2028x."}}\n',
        "b.parquet": parquet(text=["Trois."], day=pa.array([10**9], pa.timestamp("ns"))),
    }
    assert read(files) == (["Un.", "Deux\u2028x.", "Trois."], [])


def test_two_columns_of_one_name_are_an_error(read: Read) -> None:
    written = BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]), written)
    with pytest.raises(UserError, match="two columns have one name"):
        read({"a.parquet": written.getvalue()})


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_a_line_without_end_is_one_error_in_bounded_memory(
    name: str, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1000)
    monkeypatch.setattr(tables, "LONGEST", 1000)
    packed = zipped({name: b"text\n" + b"a" * 2000})
    if name == "a.txt":
        assert "more than 1,000 characters" in read({"a.zip": packed})[1][0][1]
        return
    with pytest.raises(UserError, match=rf"a\.zip/{name}:2: a line of more than 1,000 characters"):
        read({"a.zip": packed})


def damaged(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :]


HOLDS_A_ZIP = tarred({"a.csv": b"text\nUn.\n", "b.zip": zipped({"c.csv": b"text\nDeux.\n"})}, "w")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar", HOLDS_A_ZIP),
        ("a.tar", HOLDS_A_ZIP.rstrip(b"\0") + bytes(2 + 512 - (len(HOLDS_A_ZIP.rstrip(b"\0")) + 2) % 512 + 1024)),
        ("a.tar.gz", gzip.compress(HOLDS_A_ZIP, 0)),
        ("a.tgz", gzip.compress(HOLDS_A_ZIP)),
    ],
)
def test_a_tar_that_ends_with_a_zip_is_a_tar(name: str, content: bytes, read: Read) -> None:
    found, ((place, reason),) = read({name: content})
    assert (found, place) == (["Un."], f"{name}/b.zip") and "an archive within an archive" in reason


ONE_FILE = zipped({"a.csv": b"text\nUn.\n"})
BOTH = bytearray(tarred({"PK\3\4": b"x"}, "w"))


@pytest.mark.parametrize("content", [ONE_FILE * 2, b"#!/bin/sh\n" + ONE_FILE, ONE_FILE + b"x", bytes(BOTH)])
def test_a_zip_with_something_before_or_behind_it_is_refused(content: bytes, read: Read) -> None:
    with pytest.raises(UserError, match=r"more bytes than its archive|no readable zip|begins as a zip and as a tar"):
        read({"a.zip": content})


def test_a_zip_may_have_a_comment_and_may_be_empty(read: Read) -> None:
    commented = BytesIO(ONE_FILE)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"x" * 300
    assert read({"a.zip": commented.getvalue()}) == (["Un."], [])
    with pytest.raises(UserError, match="holds no file"):
        read({"a.zip": zipped({})})


TAR = tarred({"a.csv": b"text\n" + os.urandom(3000).hex().encode(), "b.csv": b"text\nDeux.\n"}, "w")
ZIP = zipped({"a.csv": b"text\n" + os.urandom(3000).hex().encode()})
PACKED = gzip.compress(TAR)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", damaged(ZIP, 500)),
        ("a.zip", ZIP[:-40]),
        ("a.tar", TAR[:2000]),
        ("a.tar", TAR[: TAR.index(b"b.csv")]),
        ("a.tar", TAR[: TAR.index(b"b.csv") + 1024]),
        ("a.tar", damaged(TAR, TAR.index(b"b.csv"))),
        ("a.tar", TAR + TAR),
        ("a.tar.gz", PACKED[:-600]),
        ("a.tar.gz", PACKED[:-8]),
        ("a.tar.gz", damaged(PACKED, len(PACKED) // 2)),
        ("a.tar.gz", damaged(PACKED, len(PACKED) - 6)),
    ],
    ids=[
        "zip bit", "zip cut", "in a file", "after a file", "without end", "header bit", "two", "gz cut", "no sum",
        "gz bit", "sum",
    ],
)  # fmt: skip
def test_a_damaged_archive_is_one_error(name: str, content: bytes, read: Read) -> None:
    with pytest.raises(UserError, match=r"cut short or damaged|no readable zip or tar archive"):
        read({name: content})


def test_a_link_in_an_archive_is_not_followed(read: Read) -> None:
    written = BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        link = tarfile.TarInfo("a.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(UserError, match=r"holds a link, 'a\.txt'"):
        read({"a.tar": written.getvalue()})


def test_a_name_that_is_no_utf_8_is_written_with_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "source") + b"/caf\xe9.txt")).write_text("Un.")
    (tmp_path / "source" / "a.tar").write_bytes(tarred({os.fsdecode(b"th\xe9.txt"): b"Deux."}, "w"))
    options = {"path": str(tmp_path / "source"), "digest": folder_digest(tmp_path / "source"), "licence": "MIT"}
    settings = Collect.model_validate({"source": "folder", **options})
    (tmp_path / "out").mkdir()
    run(settings, Inputs(), tmp_path / "out")
    assert [one.id for one in read_documents(tmp_path / "out")] == ["a.tar/th\\xe9.txt", "caf\\xe9.txt"]


BRAT = {
    "un.txt": "Toux.", "un.ann": "T1\tDISO 0 4\tToux\n",
    "deux.txt": "Toux.", "trois.txt": "Toux.", "quatre.ann": "", "README.txt": "x", "annotation.conf": "x",
    "cinq.txt": "Toux.", "cinq.ann": "T1\tDISO 1 5\tToux\n",
    "six.txt": "", "six.ann": "",
    "sept.txt": b"\xff", "sept.ann": "",
    "AUTRE.TXT": "Toux.", "AUTRE.ANN": "T1\tDISO 0 4\tToux\n", "notice-1.Txt": "Toux.", "notice-1.ann": "",
    "notice-2.txt": "Toux.", "source-3.txt": "Toux.", "notice.txt": "Toux.", "authors-x.ann": "",
    "neuf.txt": "Toux.", "neuf.ANN": "AT1\tx", "dix.txt": "Toux.", "dix.ann": "R1\tHas Arg1:T1 Arg2:T2\n",
    "treize.TXT": "Toux.", "treize.txt": "", "treize.ann": "",
    "onze.txt.gz": b"x", "douze.tar": b"x", "LICENSE-MIT.txt": "x", "notes.md": "x",
    "huit.txt": b"\xef\xbb\xbfToux\x0c.", "huit.ann": b"\xef\xbb\xbfT1\tDISO 0 4\tToux\r\n",
}  # fmt: skip


def test_a_brat_folder_says_what_of_it_is_not_read(read: Read) -> None:
    found, rejected = read(BRAT, source="brat")
    assert found == ["Toux.", "Toux\x0c.", "Toux.", "Toux."]
    assert [(place, reason[:40]) for place, reason in rejected] == [
        ("treize.TXT", "treize.TXT and treize.txt: which of them"),
        ("treize.txt", "treize.TXT and treize.txt: which of them"),
        ("deux.txt", "'deux.txt' has no annotations next to it"),
        ("notice.txt", "'notice.txt' has no annotations next to "),
        ("notice-2.txt", "'notice-2.txt' has no annotations next t"),
        ("source-3.txt", "'source-3.txt' has no annotations next t"),
        ("trois.txt", "'trois.txt' has no annotations next to i"),
        ("authors-x.ann", "annotations without their text"),
        ("quatre.ann", "annotations without their text"),
        ("treize.ann", "annotations without their text"),
        ("douze.tar", "a packed file, which is not opened among"),
        ("onze.txt.gz", "a packed file, which is not opened among"),
        ("cinq.txt", "line 1: brat annotation T1 1 5 reads 'To"),
        ("dix.txt", "line 1 refers to T1, which is not there:"),
        ("neuf.txt", "line 1 is no line of brat: 'AT1\tx'"),
        ("sept.txt", "not UTF-8 ('utf-8' codec can't decode by"),
        ("six.txt", "empty text"),
    ]
    assert "(5 of 14 texts)" in rejected[2][1]


def test_what_is_about_the_data_is_told_from_what_may_be_data(read: Read) -> None:
    about = ["README", "readme.fr.md", "LICENSE-MIT", "licence.pdf", "NOTICE", "SOURCE.md", "CONTENTS.md",
             "a.md5", "CITATION.cff"]  # fmt: skip
    data = ["notice.pdf", "source-12.doc", "notice-medicament", "authors.json", "cas.md", "licence-medecine.doc"]
    found, rejected = read({"a.txt": "Un.", **dict.fromkeys([*about, *data], "x")})
    assert found == ["Un."] and sorted(place for place, _ in rejected) == sorted(data)


def test_a_manifest_tells_the_counts_and_a_file_has_the_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.csv").write_text("text;n\nUn.;1\nDeux.;2;3\nTrois.;3\n")
    options = {"path": str(tmp_path / "source"), "digest": folder_digest(tmp_path / "source"), "licence": "MIT"}
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match=r"1 of 3 rows or files rejected \(33\.33%, allowed: 0\.00%\)"):
        run(Collect.model_validate({"source": "folder", **options}), Inputs(), tmp_path / "out")
    with caplog.at_level(logging.WARNING):
        allowed = Collect.model_validate({"source": "folder", "max_rejected": 0.34, **options})
        facts = run(allowed, Inputs(), tmp_path / "out")
    assert (facts["documents"], facts["read"], facts["rejected"]) == (2, 3, 1)
    assert facts["first_rejected"][0].startswith("a.csv:3: 3 cells") and "1 of 3 rejected" in caplog.text
    (line,) = (tmp_path / "out" / "rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["content"] == "Deux.;2;3\n"


def made(documents: Callable[[Rejections], Iterator[Document]], output: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = ModuleType("alambic.stages.collect.sources.made")
    module.fetch = documents  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return run(Collect.model_construct(source="made", options={}, max_rejected=0.9), Inputs(), output)


GOOD = Document("a", "Un texte.", "made", "", "CC-BY-4.0")


def test_an_empty_text_of_any_source_is_no_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [GOOD, replace(GOOD, id="b", text=" "), replace(GOOD, id="c", text="nan")]
    facts = made(lambda: iter(documents), tmp_path, monkeypatch)  # type: ignore[arg-type, misc]
    assert (facts["documents"], facts["rejected"]) == (1, 2)
    assert facts["first_rejected"] == [
        "source 'made', document 1 (id 'b'): empty text",
        "source 'made', document 2 (id 'c'): no text but 'nan', which stands for a missing one",
    ]


def test_a_document_that_is_no_use_is_shown_where_its_reader_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(rejections: Rejections) -> Iterator[Document]:
        for number, text in enumerate(["Un.", "", "Trois."], 1):
            rejections.at(f"names.txt:{number}")
            yield replace(GOOD, id=str(number), text=text)
        yield replace(GOOD, id="1")

    with pytest.raises(UserError, match=r"^names\.txt:3 \(id '1'\): the id '1' was given before"):
        made(fetch, tmp_path, monkeypatch)
    assert json.loads((tmp_path / "rejected.jsonl").read_text())["place"] == "names.txt:2 (id '2')"


HALF = "\ud800"


@pytest.mark.parametrize("change", [{"text": f"Un {HALF}"}, {"id": HALF}, {"url": HALF}, {"metadata": {HALF: "x"}}])
def test_half_a_sign_of_any_source_is_rejected(
    change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = made(lambda: iter([GOOD, replace(GOOD, **{"id": "b", **change})]), tmp_path, monkeypatch)  # type: ignore[arg-type, misc]
    assert (facts["documents"], facts["rejected"]) == (1, 1)
    (line,) = facts["first_rejected"]
    assert "half a sign" in line and line.encode()
