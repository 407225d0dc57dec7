"""Tables, archives and annotations that nobody would write: a document or a rejection for each row, or one error."""

import bz2
import gzip
import json
import lzma
from io import BytesIO
from pathlib import Path

import pytest
from fuzzing import examples, fuzz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import tarred, zipped

from alambic.data.rejected import Rejections
from alambic.data.standoff import read_entities
from alambic.errors import UserError
from alambic.stages.collect.folders import files_in
from alambic.stages.collect.tables import read_documents
from alambic.stages.collect.whole_texts import read_files

HOW = {"text_column": "text", "id_column": "", "source": "s", "licence": "MIT", "language": "fr"}
FEW = settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
SIGNS = ["text", "Toux", "é", '"', '""', ";", ",", "\t", "|", "\n", "\r\n", "\0", "\ufeff", "\u2028", " ", "nan", "1"]


@fuzz
@FEW
@given(
    st.lists(st.sampled_from(SIGNS), max_size=40),
    st.sampled_from(["a.csv", "a.tsv", "a.jsonl", "a.txt"]),
    st.sampled_from(["double", "none"]),
)
def test_pieces_of_tables(pieces: list[str], name: str, quotes: str) -> None:
    content = ("text;n\n" if name == "a.csv" else "") + "".join(pieces)
    rejections = Rejections(1.0)
    try:
        found = list(read_documents(BytesIO(content.encode()), name, **HOW, quotes=quotes, rejections=rejections))
    except UserError:
        return
    assert all(one.text.strip() for one in found) and len({one.id for one in found}) == len(found)
    if name in ("a.jsonl", "a.txt"):
        lines = [line for line in content.removeprefix("\ufeff").split("\n") if line.strip("\ufeff \r\t\u2028")]
        assert len(found) + rejections.rejected >= max(len(lines), 1)


CELLS = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8), st.lists(st.text(max_size=2))
)


@fuzz
@FEW
@given(st.lists(st.one_of(CELLS, st.dictionaries(st.sampled_from(["text", "n", "id"]), CELLS)), max_size=12))
def test_every_line_of_json_is_a_document_or_a_rejection(rows: list[object]) -> None:
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    rejections = Rejections(1.0)
    found = list(read_documents(BytesIO(content), "a.jsonl", **HOW, rejections=rejections))
    assert len(found) + rejections.rejected == max(len(rows), 1)


@fuzz
@FEW
@given(st.lists(st.lists(st.text('ab"; ,é', max_size=5), min_size=1, max_size=3), min_size=1, max_size=8))
def test_every_row_of_csv_is_a_document_or_a_rejection(rows: list[list[str]]) -> None:
    quoted = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    rejections = Rejections(1.0)
    content = ("text;n\n" + "\n".join(quoted)).encode()
    found = list(read_documents(BytesIO(content), "a.csv", **HOW, rejections=rejections))
    assert len(found) + rejections.rejected == len(rows)
    assert [one.text for one in found] == [row[0] for row in rows if len(row) == 2 and row[0].strip()]


@fuzz
@FEW
@given(st.lists(st.lists(st.sampled_from(["a", '"b', 'c"', '"', "e", ""]), min_size=2, max_size=2), max_size=9))
def test_no_row_goes_by_a_quotation_mark(rows: list[list[str]]) -> None:
    rejections = Rejections(1.0)
    lines = [";".join(row) for row in rows if row != ["", ""]]
    content = ("text;n\n" + "\n".join(lines)).encode()
    found = list(read_documents(BytesIO(content), "a.csv", **HOW, rejections=rejections))
    assert len(found) + rejections.rejected == len(lines)


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@fuzz
@FEW
@given(st.sampled_from(sorted(PACKERS)), st.integers(0, 10**6), st.integers(0, 7), st.booleans(), st.binary(max_size=9))
def test_streams_give_what_they_held_or_an_error(kind: str, place: int, bit: int, cut: bool, behind: bytes) -> None:
    streams = [PACKERS[kind](f'{{"text": "{word} {word}"}}\n'.encode()) for word in ("un", "deux")]
    content = bytearray(streams[0] + streams[1])
    place = len(streams[0]) + place % len(streams[1])
    if cut:
        del content[place + (place == len(streams[0])) :]
    elif not behind:
        content[place] ^= 1 << bit
    try:
        found = list(read_documents(BytesIO(bytes(content) + (b"" if cut else behind)), f"a.jsonl.{kind}", **HOW))
    except UserError:
        return
    assert [one.text for one in found] == ["un un", "deux deux"]


@fuzz
@FEW
@given(st.dictionaries(st.text(st.characters(), max_size=3) | st.just("text"), st.text(st.characters(), max_size=3)))
def test_half_signs_are_rejected(row: dict[str, str]) -> None:
    rejections = Rejections(1.0)
    found = list(read_documents(BytesIO(json.dumps(row).encode()), "a.jsonl", **HOW, rejections=rejections))
    assert len(found) + rejections.rejected == 1
    json.dumps([*(vars(one) for one in found), rejections.facts()], ensure_ascii=False).encode()


HELD = {"a.txt": b"Toux.", "b.jsonl": b'{"text": "Un."}\n{"text": "Deux."}\n', "c/d.csv": b"text;n\nTrois.;1\n"}
ARCHIVES = {"zip": zipped(HELD), "tar": tarred(HELD, "w"), "tar.gz": gzip.compress(tarred(HELD, "w"))}


@fuzz
@FEW
@given(st.sampled_from([*ARCHIVES]), st.integers(0, 10**6), st.integers(0, 7), st.booleans(), st.integers(0, 10**6))
def test_a_damaged_archive_gives_what_it_held_or_an_error(
    tmp_path: Path, kind: str, place: int, bit: int, cut: bool, length: int
) -> None:
    content = bytearray(ARCHIVES[kind])
    content[place % len(content)] ^= 1 << bit
    (tmp_path / "a").write_bytes(content[: length % len(content)] if cut else content)
    rejections = Rejections(1.0)
    files = files_in(tmp_path / "a", f"a.{kind}", rejections=rejections)
    try:
        found = list(read_files(files, **HOW, encoding="utf-8", rejections=rejections))
    except UserError:
        return
    if not rejections.rejected and not rejections.left_out and kind == "tar.gz":  # whose content has a sum
        assert sorted(one.text for one in found) == ["Deux.", "Toux.", "Trois.", "Un."]


PARTS = ["T1", "T2", "R1", "#1", "\t", " ", "DISO", "0", "4", "5", "99", ";", "Toux", "\n", "\r\n", "é", "\x85"]


@fuzz
@FEW
@given(st.lists(st.sampled_from(PARTS), max_size=30))
def test_annotations_fit_their_text_or_are_an_error(pieces: list[str]) -> None:
    text = "Toux\x85 sèche"
    try:
        entities = read_entities("".join(pieces), text)
    except UserError:
        return
    assert len({one.id for one in entities}) == len(entities)
    assert all(0 <= start < end <= len(text) for one in entities for start, end in one.fragments)


@fuzz
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt", "a.parquet", "a.csv.gz", "a.jsonl.xz"])
@FEW
@given(content=st.binary(max_size=200))
def test_any_bytes(name: str, content: bytes) -> None:
    try:
        list(read_documents(BytesIO(content), name, **HOW, rejections=Rejections(1.0)))
    except UserError:
        return
