"""The sources on the real files that they name; those of the package index are skipped without network."""

import ast
import gzip
import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alambic import plugins
from alambic.data import downloads
from alambic.data.documents import Document
from alambic.data.local_data import folder_digest
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.settings import Collect
from alambic.stages.collect.run import takes_rejections
from alambic.stages.collect.sources import ansm_interactions, icd10_fr

SOURCES = plugins.names("stages.collect.sources")


def collected(source: str, rejections: Rejections = STRICT, **options: Any) -> list[Document]:
    settings = Collect.model_validate({"source": source, **options})
    try:
        fetch = import_module(f"alambic.stages.collect.sources.{source}").fetch
        return list(fetch(*([rejections] if takes_rejections(fetch) else []), **settings.options))
    except UserError as error:
        if str(error).startswith("cannot download"):
            pytest.skip(f"no network, and not in {downloads.DOWNLOADS.absolute()}: {error}")
        raise


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_its_licence(name: str) -> None:
    module = Path(plugins.__file__).parent / "stages" / "collect" / "sources" / f"{name}.py"
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    assert "Licence and conditions:" in docstring
    assert "licence" in plugins.signature("stages.collect.sources", name).options.model_fields


@pytest.mark.parametrize(
    ("source", "documents", "words"),
    [
        ("icd10_fr", 37186, 272719),
        ("icd11_fr", 32792, 169967),
        ("ansm_interactions", 2001, 33939),
        ("atc_drugs", 5789, 8673),
    ],
)
def test_packaged_sources_hold_what_they_say(source: str, documents: int, words: int) -> None:
    found = collected(source)
    assert (len(found), sum(len(document.text.split()) for document in found)) == (documents, words)
    assert len({document.id for document in found}) == documents
    assert all(document.text.strip() and document.licence and document.source == source for document in found)


def test_icd10_labels_bear_their_code_and_chapter() -> None:
    found = {document.id: document for document in collected("icd10_fr")}
    assert found["A90/long"].text == "Dengue [dengue classique]"  # without its mark of withdrawal
    assert not any("***" in document.text for document in found.values())
    short = found["A02.2/short"]
    assert short.text == "INFECT. LOC. A SALMONELLA"
    assert short.metadata == {"code": "A02.2", "category": "A02", "chapter": "I", "wording": "short"}
    assert set(icd10_fr.CHAPTERS) == {document.metadata["chapter"] for document in found.values()}


@pytest.mark.parametrize(
    ("code", "chapter"),
    [
        ("D48.9", "II"),
        ("D50", "III"),
        ("H59", "VII"),
        ("H60", "VIII"),
        ("S00", "XIX"),
        ("T98.3", "XIX"),
        ("U07.1", "XXII"),
        ("V01", "XX"),
        ("Y98", "XX"),
        ("Z99", "XXI"),
    ],
)
def test_chapters_have_the_official_limits(code: str, chapter: str) -> None:
    assert icd10_fr.chapter_of(code) == chapter


def test_icd10_templates_are_capped_by_code() -> None:
    without, some = (collected("icd10_fr", external_causes=cap) for cap in (0, 301))
    added = {document.id for document in some} - {document.id for document in without}
    assert len(some) - len(without) == len(added) == 300
    assert not any(icd10_fr.TEMPLATE.search(document.text) for document in without)
    codes = Counter(identifier.split("/")[0] for identifier in added)
    assert set(codes.values()) == {2}  # both wordings of a code, or neither


def test_icd10_choice_depends_on_the_seed_alone() -> None:
    first, again, other = (
        [document.id for document in collected("icd10_fr", wordings=["long"], seed=seed)] for seed in (0, 0, 1)
    )
    assert first == again
    assert len(first) == len(other) and first != other


def test_icd11_leaves_out_what_is_english() -> None:
    found = collected("icd11_fr")
    assert not [document for document in found if document.text.casefold() == document.metadata["english"].casefold()]


@pytest.mark.parametrize(
    ("part", "description", "text"),
    [
        (
            "posologie de laclozapine.",
            "Précaution\nposologie de la \nclozapine.\n\nRisque.",
            "posologie de la \nclozapine.",
        ),
        ("absent", "autre chose", ""),
        ("", "autre chose", ""),
    ],
)
def test_glued_words_come_apart(part: str, description: str, text: str) -> None:
    assert ansm_interactions.unglued(part, description) == text


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Risque.\nInteractions médicamenteuses - Thésaurus 12", "Risque."),
        ("les anti-\ninflammatoires", "les anti-inflammatoires"),
        ("pré- et postopératoire", "pré- et postopératoire"),
    ],
)
def test_ansm_texts_are_cleaned(raw: str, cleaned: str) -> None:
    assert ansm_interactions.clean(raw) == cleaned


def test_ansm_texts_are_whole_sentences_with_their_drugs() -> None:
    found = collected("ansm_interactions")
    assert all(re.search(r"[.!?]$", document.text) for document in found)
    assert not any("\n" in document.text or "Thésaurus" in document.text for document in found)
    assert all(document.metadata["drugs"] and document.metadata["editions"] for document in found)


def test_brat_offsets_point_at_the_mentions(test_data: Path) -> None:
    folder = test_data / "quaero" / "dev"
    found = collected("brat", path=str(folder), digest=folder_digest(folder), licence="GFDL-1.3-only", name="quaero")
    assert {document.metadata["subset"] for document in found} == {"EMEA", "MEDLINE"}
    assert len(found) == 844
    mentions = 0
    for document in found:
        for line in document.metadata["annotations"].splitlines():
            if line.startswith("T"):
                _, place, mention = line.split("\t")
                parts = [part.split() for part in place.split(maxsplit=1)[1].split(";")]
                assert " ".join(document.text[int(a) : int(b)] for a, b in parts) == mention, (document.id, line)
                mentions += 1
    assert mentions > 4000


def test_brat_keeps_line_ends_and_needs_annotations(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Toux\r\nsèche\n".encode())
    (tmp_path / "a.ann").write_text("T1\tDISO 0 4\tToux\n")
    (tmp_path / "README.txt").write_text("no document")
    (document,) = collected("brat", path=str(tmp_path), digest=folder_digest(tmp_path), licence="CC0-1.0")
    assert (document.id, document.text) == ("a", "Toux\r\nsèche\n")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    (tmp_path / "web").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web"))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path / "web"
        server.shutdown()


def test_web_file_reads_a_packed_table(web: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "downloads")
    url, folder = web
    content = gzip.compress(b'{"corps": "Bonjour", "date": "2020"}\n')
    (folder / "t.jsonl.gz").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    options = {"url": f"{url}/t.jsonl.gz", "sha256": digest, "licence": "etalab-2.0", "text_column": "corps"}
    (document,) = collected("web_file", **options)
    assert (document.id, document.text, document.metadata) == ("t.jsonl.gz#0", "Bonjour", {"date": "2020"})
    assert (tmp_path / "downloads" / f"{digest[:12]}-t.jsonl.gz").exists()


REVISION = "0" * 40


def test_hub_dataset_streams_the_files_of_a_dataset(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b"], "texte": ["Un.", None], "label": [1, 2], "tags": [["x"], []]})
    (tmp_path / "data").mkdir()
    pq.write_table(table, tmp_path / "data" / "train-00000-of-00001.parquet")
    options = {"revision": REVISION, "licence": "MIT", "text_column": "texte", "id_column": "id"}
    rejections = Rejections()
    (first,) = collected("hub_dataset", rejections, dataset=str(tmp_path), **options)
    assert (first.id, first.text, first.metadata) == ("a", "Un.", {"label": "1", "tags": '["x"]'})
    assert [(one.place, one.reason) for one in rejections.first] == [
        (f"{tmp_path}, default/train/1", "no text (null)"),
    ]
    with pytest.raises(UserError, match="no column 'text'; its columns: id, texte, label, tags"):
        collected("hub_dataset", dataset=str(tmp_path), revision=REVISION, licence="MIT")


def test_hub_dataset_brought_by_hand_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    brought = tmp_path / f"some--dataset-{REVISION[:12]}"
    brought.mkdir()
    (brought / "train.jsonl").write_text('{"text": "Un."}\n{"text": "Deux."}\n')
    found = collected("hub_dataset", dataset="some/dataset", revision=REVISION, licence="MIT")
    assert [(d.id, d.text, d.source) for d in found] == [
        ("default/train/0", "Un.", "some/dataset"),
        ("default/train/1", "Deux.", "some/dataset"),
    ]


def test_hub_dataset_without_network_says_what_to_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    wanted = f"hf download --repo-type dataset some/dataset --revision {REVISION} --local-dir {tmp_path}/some--dataset"
    with pytest.raises(UserError, match=re.escape(wanted)):
        collected("hub_dataset", dataset="some/dataset", revision=REVISION, licence="MIT")


def test_hub_dataset_refuses_a_branch() -> None:
    with pytest.raises(ValueError, match="revision"):
        Collect.model_validate({"source": "hub_dataset", "dataset": "a/b", "revision": "main", "licence": "MIT"})
