"""E3C out of its archive, in the layout of release 2.0.0: on the real files where they are at hand."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st
from serving import Site, collected, serving, zipped

from alambic.data.documents import write_documents
from alambic.errors import UserError
from alambic.stages.collect.xmi import as_brat, read_xmi
from alambic.tasks.datasets import quaero_entities

ROOT = "E3C-Corpus-2.0.0"
SPACES = (
    'xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" '
    'xmlns:custom="http:///webanno/custom.ecore" xmi:version="2.0"'
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


def xmi(text: str, *annotations: str) -> bytes:
    """Write a text as WebAnno does: on one line, its line ends as character references."""
    quoted = quoteattr(text).replace("\n", "&#10;")
    sofa = f'<cas:Sofa xmi:id="12" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString={quoted}/>'
    body = "".join(annotations)
    return f'<?xml version="1.0" encoding="UTF-8"?><xmi:XMI {SPACES}>{body}{sofa}</xmi:XMI>'.encode()


def entity(start: int, end: int, kind: str = "CLINENTITY", **features: str) -> str:
    told = "".join(f' {name}="{value}"' for name, value in features.items())
    return f'<custom:{kind} xmi:id="1{start}" sofa="12" begin="{start}" end="{end}"{told}/>'


def packed(test_data: Path) -> dict[str, bytes]:
    """Pack the annotated cases at hand as the archive does."""
    folder = test_data / "e3c_ner" / "layer1_xmi"
    files = {f"{ROOT}/data_annotation/French/layer1/{file.name}": file.read_bytes() for file in folder.glob("*.xml")}
    return {f"{ROOT}/README.md": b"E3C", **files, f"{ROOT}/data_annotation/Italian/layer1/IT1.xml": b"<none/>"}


def words(text: str) -> str:
    return "".join(re.findall(r"\w+", text))


def test_the_annotated_cases_come_whole_through_a_server_that_breaks_off(site: Site, test_data: Path) -> None:
    content = zipped(packed(test_data))
    options = site.put(content, "v2.0.0.zip")
    site.faults = [("status", (429, {"Retry-After": "0"})), ("break", len(content) // 2), ("status", (502, {}))]
    found = collected("e3c", layer="layer1", **options)
    assert site.asked[-1][1] is not None, "the last request asks for the rest only"
    assert len(found) == 36
    first = next(one for one in found if one.id == "layer1/FR100003")
    assert first.text.startswith("Nous rapportons l'observation d'un homme de 55 ans") and "\n" in first.text
    assert (first.date, first.metadata["text_licence"], first.licence) == ("2011-03-15", "CC BY 4.0", "CC-BY-NC-4.0")
    assert first.url.startswith("https://www.panafrican-med-journal.com/") and "Serghini" in first.metadata["authors"]
    assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", one.date) for one in found)


def test_its_entities_are_those_of_the_corpus_own_iob_file(site: Site, test_data: Path) -> None:
    """The corpus gives the same entities as IOB, flat; ours nest, so theirs are among ours, in the same order."""
    found = collected("e3c", layer="layer1", **site.put(zipped(packed(test_data))))
    ours = [
        words(mention)
        for document in sorted(found, key=lambda document: document.id)
        for mention in re.findall(r"^T\d+\tCLINENTITY \d+ \d+\t(.*)$", document.metadata["annotations"], re.MULTILINE)
    ]
    theirs: list[str] = []
    for line in (test_data / "e3c_ner" / "layer1_train.iob").read_text().splitlines():
        token, _, tag = line.rpartition(" ")
        if tag == "B-ety":
            theirs.append(words(token))
        elif tag == "I-ety":
            theirs[-1] += words(token)
    rest = iter(ours)
    missing = [mention for mention in theirs if mention not in rest]
    assert len(theirs) == 569 and len(ours) == 596
    assert not missing


def test_the_task_reads_its_annotations(site: Site, test_data: Path, tmp_path: Path) -> None:
    found = collected("e3c", layer="layer1", entities=["CLINENTITY", "BODYPART"], **site.put(zipped(packed(test_data))))
    write_documents(found, tmp_path)
    data = quaero_entities.load(tmp_path, tmp_path, tmp_path)
    assert {label[2:] for label in data.labels if label != "O"} == {"CLINENTITY", "BODYPART"}
    assert len(data.train) == 36


def test_texts_without_annotation_keep_their_terms(site: Site) -> None:
    told = {
        "authors": [{"author": "Idriss B"}, {"author": " Meryem A"}],
        "doi": "10.1/x",
        "publication_date": "2011-09-25",
        "id": "FR100015",
        "url": "https://example.org/10",
        "licence": "CC BY 4.0",
        "text": "Mlle F I, âgée de 17 ans.",
    }
    folder = f"{ROOT}/data_collection/French/layer3"
    options = site.put(zipped({f"{folder}/FR100015.json": b"\xef\xbb\xbf" + json.dumps(told).encode()}))
    (found,) = collected("e3c", layer="layer3", **options)
    assert (found.id, found.text, found.url) == ("layer3/FR100015", told["text"], told["url"])
    assert found.metadata == {
        "layer": "layer3", "doi": "10.1/x", "authors": "Idriss B; Meryem A", "text_licence": "CC BY 4.0",
    }  # fmt: skip


@fuzz
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), st.data())
def test_offsets_count_signs_beyond_the_first_65536(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in (start, end)]
    found = read_xmi(xmi(text, entity(*units)))
    (one,) = found.features["CLINENTITY"]
    assert found.text == text and text[int(one["begin"]) : int(one["end"])] == text[start:end]


def test_brat_has_the_concepts_and_the_order_of_the_text() -> None:
    found = read_xmi(xmi("Toux sèche\net fièvre 😀.", entity(14, 20, entityID="C0015967"), entity(0, 10)))
    assert as_brat(found, ["CLINENTITY"], concept="entityID") == (
        "T1\tCLINENTITY 0 10\tToux sèche\nT2\tCLINENTITY 14 20\tfièvre\n#2\tAnnotatorNotes T2\tC0015967\n"
    )
    assert as_brat(found, ["EVENT"], concept="entityID") == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<xmi:XMI", "no whole XML file"),
        (xmi("Toux", entity(0, 9)), "outside the text"),
        (xmi("😀", entity(1, 2)), "within a sign"),
        (f"<xmi:XMI {SPACES}/>".encode(), "it has no text"),
    ],
    ids=["cut", "outside", "half a sign", "no text"],
)
def test_what_is_no_text_of_e3c_is_named(content: bytes, message: str, site: Site) -> None:
    options = site.put(zipped({f"{ROOT}/data_annotation/French/layer1/FR1.xml": content}))
    with pytest.raises(UserError, match=f"FR1.xml.*{message}"):
        collected("e3c", layer="layer1", **options)
