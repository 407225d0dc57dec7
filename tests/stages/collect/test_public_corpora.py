"""Annotated corpora out of their archives, on the real texts where they are at hand, over a server that falters."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Site, collected, serving, tarred, zipped

from alambic.data import downloads
from alambic.errors import UserError
from alambic.stages.collect.archive_members import open_members, read_members


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


def packed_quaero(test_data: Path) -> dict[str, bytes]:
    """Pack the corpus at hand as its archive does."""
    folder = test_data / "quaero"
    files = [*sorted(folder.glob("train/*/*")), *sorted(folder.glob("dev/*/*"))]
    return {f"QUAERO_FrenchMed/corpus/{file.relative_to(folder)}": file.read_bytes() for file in files}


def test_quaero_comes_whole_through_a_server_that_breaks_off(site: Site, test_data: Path) -> None:
    content = zipped(packed_quaero(test_data))
    options = site.put(content, "QUAERO_FrenchMed_brat.zip")
    site.faults = [("status", (429, {"Retry-After": "0"})), ("break", len(content) // 3), ("status", (503, {}))]
    found = collected("quaero", split="dev", **options)
    assert site.asked[-1][1] is not None, "the last request asks for the rest only"
    assert {document.metadata["subset"] for document in found} == {"EMEA", "MEDLINE"} and len(found) == 844
    asked = len(site.asked)
    assert len(collected("quaero", split="train", **options)) == 844 and len(site.asked) == asked
    mentions = 0
    for document in found:
        for line in re.findall(r"^T\d+\t\S+ ([\d ;]+)\t(.*)$", document.metadata["annotations"], re.MULTILINE):
            parts = [[int(end) for end in part.split()] for part in line[0].split(";")]
            assert " ".join(document.text[start:end] for start, end in parts) == line[1]
            mentions += 1
    assert mentions > 4000


def test_a_redirection_is_followed(site: Site) -> None:
    files = {"QUAERO_FrenchMed/corpus/dev/EMEA/1.txt": b"Toux", "QUAERO_FrenchMed/corpus/dev/EMEA/1.ann": b""}
    options = site.put(zipped(files))
    site.faults = [("status", (302, {"Location": f"{site.url}/elsewhere.zip"}))]
    assert [one.id for one in collected("quaero", split="dev", **options)] == ["dev/EMEA/1"]
    assert [path for path, _ in site.asked] == ["/data.zip", "/elsewhere.zip"]


def test_a_text_without_annotations_is_named(site: Site) -> None:
    options = site.put(zipped({"QUAERO_FrenchMed/corpus/dev/EMEA/1.txt": b"Toux"}))
    with pytest.raises(UserError, match=r"EMEA/1\.txt: '1\.txt' has no annotations next to it"):
        collected("quaero", split="dev", **options)


@pytest.mark.parametrize(("split", "documents", "words"), [("train", 1514, 342_000), ("dev", 1022, 229_000)])
def test_morfitt_is_pinned_to_the_files_at_hand(
    split: str, documents: int, words: int, site: Site, test_data: Path
) -> None:
    options = site.put((test_data / "morfitt" / f"{split}.tsv").read_bytes(), f"{split}.tsv")
    found = collected("morfitt", split=split, url=options["url"])  # with the digest that the source knows
    assert len(found) == documents
    assert sum(len(one.text.split()) for one in found) == pytest.approx(words, rel=0.01)
    labels = {label for one in found for label in one.metadata["specialities"].split("|")}
    assert len(labels) == 12 and not any(one.text.startswith(" ") for one in found)


@pytest.mark.parametrize(("split", "documents"), [("train", 2171), ("dev", 312)])
def test_frenchmedmcqa_is_pinned_to_the_files_at_hand(split: str, documents: int, site: Site, test_data: Path) -> None:
    options = site.put((test_data / "frenchmedmcqa" / f"{split}.json").read_bytes(), f"{split}.json")
    found = collected("frenchmedmcqa", split=split, url=options["url"])
    assert len(found) == documents
    for one in found:
        assert set(one.metadata["correct"].split("|")) <= set("abcde") and one.metadata["correct"]
        assert re.search(r"\na\. .*\nb\. .*\nc\. .*\nd\. .*\ne\. ", one.text, re.DOTALL)


@pytest.mark.parametrize("source", ["morfitt", "frenchmedmcqa"])
def test_a_split_whose_digest_nobody_gave_is_asked_for(source: str, site: Site) -> None:
    with pytest.raises(UserError, match="knows no sha256 of its split 'test'"):
        collected(source, split="test")
    assert not site.asked


def test_questions_in_another_form_are_an_error(site: Site) -> None:
    with pytest.raises(UserError, match="no list of questions"):
        collected("frenchmedmcqa", split="dev", **site.put(b'{"id": "1"}', "dev.json"))
    with pytest.raises(UserError, match=r"dev\.json, question 0: no question as FrenchMedMCQA has them"):
        collected("frenchmedmcqa", split="dev", **site.put(b'[{"id": "1"}]', "dev.json"))


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: tarred(files, "w:xz")], ids=["zip", "tgz", "txz"])
def test_every_kind_of_archive_reads_alike(pack, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "archive"
    path.write_bytes(pack({"a/b.txt": b"un", "a/c.ann": b"deux", "a/d/e.txt": b"trois"}))
    assert list(read_members(path, "a/*.txt")) == [("a/b.txt", b"un"), ("a/d/e.txt", b"trois")]
    with pytest.raises(UserError, match=r"holds no file '\*\.pdf'"):
        list(open_members(path, "*.pdf"))


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tgz"])
def test_an_archive_cut_short_is_an_error(pack, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "archive"
    path.write_bytes(pack({"a.txt": bytes(range(256)) * 999})[:-600])
    with pytest.raises(UserError, match=r"no readable zip or tar archive|archive/a\.txt is cut short or damaged"):
        list(read_members(path, "*"))


def test_an_archive_that_stays_truncated_is_refused(site: Site) -> None:
    options = site.put(zipped({"a.txt": bytes(range(256)) * 999}))
    site.content = site.content[:-100]
    with pytest.raises(UserError, match="it is not the file that was pinned"):
        collected("quaero", split="dev", **options)
    assert not list(downloads.DOWNLOADS.glob("*.part"))
