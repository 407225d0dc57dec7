"""The publications of the HAS, in the layout of their archives on data.gouv.fr."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from portable_documents import pdf
from serving import Site, collected, serving, zipped

from alambic.data import downloads
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.portable_document import text_of_pdf

GUIDE = pdf(["Prise en charge de l’asthme (adulte)", "Traitement anti-", "inflammatoire : œdème"], ["Page deux"])
FILES = {
    "RecommandationsProfessionnelles/c_1/fr/2020-09-16_asthme.pdf": GUIDE,
    "RecommandationsProfessionnelles/c_2/fr/Ancienne.PDF": pdf(["Une ancienne recommandation"]),
    "RecommandationsProfessionnelles/c_3/fr/scan.pdf": pdf([]),
    "RecommandationsProfessionnelles/c_3/fr/abime.pdf": b"%PDF-1.4 ...",
    "RecommandationsProfessionnelles/c_3/fr/note.txt": b"x",
    "AvisMedicament/p_9/fr/2021-01-01_avis.pdf": pdf(["Un avis"]),
}
TOLD = {
    "json/RecommandationsProfessionnelles.json": json.dumps(
        [
            {
                "id": "c_1",
                "title": "Asthme de l'adulte",
                "soustitre": None,
                "publicationDate": "2020-09-17T10:00:00",
                "pageURL": "https://www.has-sante.fr/jcms/c_1",
            },
            {"id": "c_2", "title": "Asthme", "soustitre": "Recommandation retirée"},
        ]
    ).encode(),
    "json/AvisMedicament.json": b"not read",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


def brought(site: Site, files: dict[str, bytes]) -> dict[str, str]:
    """Serve an archive until it lies among the downloads, so that another one may be served."""
    options = site.put(zipped(files))
    bring(**options)
    return options


def test_publications_come_with_their_titles(site: Site) -> None:
    rejections = Rejections()
    site.faults = [("status", (302, {"Location": f"{site.url}/static/has.zip"})), ("break", 700), ("status", (429, {}))]
    options = brought(site, FILES)
    told = brought(site, TOLD)
    found = collected("has", rejections, **options, metadata_url=told["url"], metadata_sha256=told["sha256"])
    (one,) = found
    assert one.text == "Prise en charge de l’asthme (adulte)\nTraitement anti-inflammatoire : œdème\n\nPage deux"
    assert (one.id, one.date, one.url, one.licence) == (
        "RecommandationsProfessionnelles/c_1/fr/2020-09-16_asthme.pdf",
        "2020-09-17",
        "https://www.has-sante.fr/jcms/c_1",
        "etalab-2.0",
    )
    assert one.metadata == {
        "kind": "RecommandationsProfessionnelles", "publication": "c_1", "title": "Asthme de l'adulte",
    }  # fmt: skip
    assert rejections.left_out == {"withdrawn": 1, "of other kinds": 1, "files other than .pdf": 1}
    assert [(one.place[13:], one.reason[:12]) for one in rejections.first] == [
        ("data.zip/RecommandationsProfessionnelles/c_3/fr/scan.pdf", "no text, a s"),
        ("data.zip/RecommandationsProfessionnelles/c_3/fr/abime.pdf", "no PDF that "),
    ]


def test_without_titles_all_kinds_may_be_asked_for(site: Site) -> None:
    found = collected(
        "has", Rejections(), kinds=[], **brought(site, {f"has/{name}": content for name, content in FILES.items()})
    )
    assert {one.metadata["kind"] for one in found} == {"RecommandationsProfessionnelles", "AvisMedicament"}
    assert [one.date for one in found] == ["2020-09-16", "", "2021-01-01"]
    assert {one.metadata["publication"] for one in found} == {"c_1", "c_2", "p_9"}


def test_titles_need_their_digest_and_their_shape(site: Site) -> None:
    options = brought(site, FILES)
    with pytest.raises(UserError, match="`metadata_url` needs its `metadata_sha256`"):
        collected("has", **options, metadata_url=f"{site.url}/m.zip")
    told = brought(site, {"json/RecommandationsProfessionnelles.json": b'{"publications": []}'})
    with pytest.raises(UserError, match="is no list of the HAS's publications"):
        collected("has", **options, metadata_url=told["url"], metadata_sha256=told["sha256"])


def test_an_archive_cut_short_is_refused(site: Site) -> None:
    options = site.put(zipped(FILES))
    site.content = site.content[:-100]
    with pytest.raises(UserError, match="not the file that was pinned"):
        collected("has", **options)
    assert not list(downloads.DOWNLOADS.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"Bonjour", GUIDE[:200]], ids=["empty", "text", "cut"])
def test_what_is_no_pdf_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="PDFium"):
        text_of_pdf(content)
