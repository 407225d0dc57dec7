"""What each source of a known form does not understand, over a server."""

import bz2
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from serving import Site, collected, serving, zipped

from alambic.data import downloads
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect import elements, pages
from alambic.stages.collect.elements import read_elements
from alambic.stages.collect.sources import hal


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


def read(source: str, **options: Any) -> tuple[list[str], list[str], dict[str, int]]:
    rejections = Rejections(1.0)
    found = collected(source, rejections, **options)
    assert options["sha256"][:12] in rejections.place, "where the last document stands, for who rejects it later"
    return [one.text for one in found], [f"{one.place}: {one.reason}" for one in rejections.first], rejections.left_out


def test_mesh(site: Site) -> None:
    content = """<DescriptorRecordSet>
    <DescriptorRecord><DescriptorUI>D1</DescriptorUI><DescriptorName><String>x</String>
    <StringFR>Test d'&lt;i&gt;E. coli&lt;/i&gt;, CO&amp;#8322;</StringFR></DescriptorName></DescriptorRecord>
    <DescriptorRecord><DescriptorName><StringFR>Sans code</StringFR></DescriptorName></DescriptorRecord>
    <DescriptorRecord><DescriptorUI>D3</DescriptorUI><Other>y</Other></DescriptorRecord></DescriptorRecordSet>"""
    found, rejected, left_out = read("mesh_fr", **site.put(content.encode(), "fredesc.xml"))
    assert found == ["Test d'E. coli, CO₂"] and left_out == {"descriptors without a French term": 1}
    assert len(rejected) == 1 and rejected[0].endswith("fredesc.xml, record 1: no DescriptorUI")


def test_orphadata(site: Site) -> None:
    disorder = "<Disorder>{}<Name lang='fr'>{}</Name></Disorder>"
    listed = disorder.format("<OrphaCode>1</OrphaCode>", "Maladie &lt;i&gt;A&lt;/i&gt;") + disorder.format("", "B")
    content = f"<JDBOR date='2024-01-01'><DisorderList>{listed}</DisorderList></JDBOR>"
    found, rejected, _ = read("orphadata", **site.put(content.encode(), "fr_product1.xml"))
    assert found == ["Maladie A"] and "disorder 1: no OrphaCode or no Name" in rejected[0]


def test_mediawiki(site: Site) -> None:
    page = "<page><title>{0}</title><ns>{1}</ns><id>{0}</id>{2}<revision><id>9</id>{3}</revision></page>"
    written = [
        page.format("1", "0", "", "<text>Une toux.</text>"),
        page.format("2", "0", "<redirect title='1'/>", "<text>x</text>"),
        page.format("3", "4", "", "<text>x</text>"),
        page.format("4", "0", "", ""),
        page.format("5", "0", "", "<text>{{modèle}}</text>"),
    ]
    content = bz2.compress(f"<mediawiki>{''.join(written)}</mediawiki>".encode())
    options = site.put(content, "frwiki.xml.bz2")
    found, rejected, left_out = read("mediawiki_dump", **options)
    assert found == ["Une toux."] and left_out == {"redirections, and pages of other spaces": 2}
    assert [reason.split(".bz2, ")[1] for reason in rejected] == [
        "page 3: a page without revision/text", "page 5: empty text",
    ]  # fmt: skip
    with pytest.raises(UserError, match=r"'\(' is no regular expression"):
        read("mediawiki_dump", **options, categories=["("])


def test_bdpm(site: Site) -> None:
    lines = [
        "60000001\tliste I",
        "60000002",
        "x\tliste I",
        "60000003\tliste I\tliste II",
        "60000004\t",
        "60000005\tliste I",
    ]
    found, rejected, left_out = read("bdpm", table="prescription", **site.put("\n".join(lines).encode(), "CIS_CPD.txt"))
    assert found == ["liste I"] and [reason.split(".txt:")[1] for reason in rejected] == [
        "2: 1 cells, the text is in column 2", "3: it begins with no code", "4: 3 cells, expected cis, condition",
    ]  # fmt: skip
    assert left_out == {"rows without a text in their column 'condition'": 1, "texts that another row has too": 1}


def test_frenchmedmcqa(site: Site) -> None:
    good = {"id": "1", "question": "Quoi ?", "answers": {"a": "Un.", "b": "Deux."}, "correct_answers": ["a"]}
    bad = [{**good, "answers": None}, {**good, "question": None}, {**good, "correct_answers": ["e"]}, "x", None,
           {**good, "answers": {"a": "", "b": "Deux."}}]  # fmt: skip
    found, rejected, _ = read("frenchmedmcqa", split="dev", **site.put(json.dumps([*bad, good]).encode(), "dev.json"))
    assert found == ["Quoi ?\na. Un.\nb. Deux."] and len(rejected) == 5
    assert [reason.split(":")[0][13:] for reason in rejected] == [f"dev.json, question {rank}" for rank in range(5)]


def test_e3c(site: Site) -> None:
    folder = "E3C/data_collection/French/layer3"
    files = {
        f"{folder}/FR1.json": json.dumps({"text": "Un cas.", "authors": None}).encode(),
        f"{folder}/FR2.json": json.dumps({"text": None}).encode(),
        f"{folder}/FR3.json": b'{"text": "Deux',
        f"{folder}/FR4.json": b"[]",
        f"{folder}/FR5.json": json.dumps({"text": " "}).encode(),
    }
    found, rejected, _ = read("e3c", layer="layer3", **site.put(zipped(files), "e3c.zip"))
    assert found == ["Un cas."] and [reason.split(":")[0][-8:] for reason in rejected] == [
        "FR2.json", "FR3.json", "FR4.json", "FR5.json",
    ]  # fmt: skip


def test_quaero(site: Site) -> None:
    folder = "QUAERO_FrenchMed/corpus/dev/EMEA"
    files = {
        f"{folder}/1.txt": b"Toux", f"{folder}/1.ann": b"\xef\xbb\xbfT1\tDISO 0 4\tToux\n",
        f"{folder}/2.txt": b"Toux", f"{folder}/3.txt": b"Toux", f"{folder}/3.ann": b"T1\tDISO 0 9\tToux\n",
        f"{folder}/4.ann": b"",
    }  # fmt: skip
    found, rejected, _ = read("quaero", split="dev", **site.put(zipped(files)))
    assert found == ["Toux"] and [reason.split(":")[0][-5:] for reason in rejected] == ["2.txt", "4.ann", "3.txt"]


def test_hal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    good = {"docid": "1", "halId_s": "hal-1", "fr_title_s": ["Le <i>titre</i>"], "fr_abstract_s": ["Un &lt; deux."]}
    bad = [{**good, "halId_s": None}, {**good, "fr_abstract_s": [" "]}, {**good, "fr_abstract_s": [None]}, {}, "x"]
    pages = [{"response": {"docs": docs, "numFound": 6}, "nextCursorMark": "A"} for docs in ([*bad, good], [])]
    answers = iter(pages)
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    monkeypatch.setattr(downloads, "fetch_answer", lambda url: json.dumps(next(answers)).encode())
    rejections = Rejections(1.0)
    (found,) = hal.fetch(rejections, query="x", until="2024-01-01", pause=0)
    assert found.text == "Le titre\n\nUn < deux." and rejections.rejected == 5
    assert rejections.first[0].place == "hal, page-000000.json.gz, deposit 0 (1)"


@pytest.mark.parametrize(
    "answer",
    [
        b"{", b"[" * 100_000, b"[]", b'{"response": {"docs": [1]}}', b'{"response": {"docs": []}}',
        b'{"response": {"docs": [1], "numFound": 2}, "nextCursorMark": null}',
    ],
)  # fmt: skip
def test_a_page_of_another_form_is_one_error_without_secrets(
    answer: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    monkeypatch.setattr(downloads, "fetch_answer", lambda url: answer)
    with pytest.raises(UserError) as raised:
        list(hal.fetch(query="x", until="2024-01-01", url="https://me:s3cr3t@api/?token=t0k", pause=0))
    assert "s3cr3t" not in str(raised.value) and "t0k" not in str(raised.value)


def test_a_damaged_page_is_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    monkeypatch.setattr(downloads, "fetch_answer", lambda url: b'{"n": 1}')
    list(pages.harvest("x", "https://api/", lambda page: None, pause=0))
    (path,) = tmp_path.glob("x-*/page-000000.json.gz")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match="cut short or damaged"):
        list(pages.harvest("x", "https://api/", lambda page: None, pause=0))


BOMB = '<!DOCTYPE a [<!ENTITY a "{}">{}]><a><b>&g;</b></a>'.format(
    "x" * 1000, "".join(f'<!ENTITY {new} "{f"&{old};" * 50}">' for old, new in zip("abcdef", "bcdefg", strict=True))
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB.encode(),
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a><b>q&x;</b></a>',
        b"<a><b>&eacute;</b></a>",
        b'<?xml version="1.0" encoding="big5"?><a><b>x</b></a>',
        b"<a><b>x</b>",
        b"",
    ],
    ids=["bomb", "file", "entity", "encoding", "cut", "empty"],
)
def test_hostile_xml_is_one_error(content: bytes) -> None:
    with pytest.raises(UserError, match=r"a\.xml is no whole XML file"):
        list(read_elements(BytesIO(content), "a.xml", "b"))


def test_an_element_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "LARGEST", 1 << 20)
    with pytest.raises(UserError, match="bytes without an element's begin or end"):
        list(read_elements(BytesIO(b"<a><b>" + b"x" * (1 << 22)), "a.xml", "b"))


def test_a_data_set_that_is_a_script_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    folder = tmp_path / f"Dr-BERT--QUAERO-{'0' * 12}"
    folder.mkdir()
    (folder / "QUAERO.py").write_text("raise SystemExit('run')\n")
    options = {"dataset": "Dr-BERT/QUAERO", "revision": "0" * 40, "licence": "MIT"}
    with pytest.raises(UserError, match=r"is a script .* not run: take the revision `refs/convert/parquet`"):
        read("hub_dataset", **options)
    (folder / "data.bin").write_bytes(b"x")  # with what the library takes for data
    with pytest.raises(UserError):
        read("hub_dataset", **options)
