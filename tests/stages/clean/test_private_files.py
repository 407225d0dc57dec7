"""Where the step `personal_data` is taken, no file that others can read holds what it masks, at any moment."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from alambic.data.documents import Document, read_documents, read_rows, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Clean
from alambic.stages.clean.part_writer import ANNOTATIONS
from alambic.stages.clean.parts import Parts
from alambic.stages.clean.run import run

SECRETS = ("Quillivere", "0612345678")
STEPS: dict[str, dict[str, Any]] = {
    "length": {"min_words": 5},
    "exact_duplicates": {},
    "normalise": {},
    "personal_data": {},
}


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Give documents that a step drops before, others that steps change, and one with everything."""
    (tmp_path / "source").mkdir()
    metadata = {"nom": "Quillivere", "telephone": "0612345678", "annotations": "T1\tA 0 1\tzz\n"}
    texts = [
        "Mme Quillivere, tél 0612345678",
        "Mme Quillivere  tousse depuis trois jours, tél 0612345678.",
        "Mme Quillivere  tousse depuis trois jours, tél 0612345678.",
        "Rien de nouveau chez ce patient.",
    ]
    documents = (Document(f"8001234567-{n}", text, "s", "", "l", metadata=metadata) for n, text in enumerate(texts))
    write_documents(documents, tmp_path / "source")
    return Inputs(sources=[tmp_path / "source"])


def holds_secret(folder: Path, part: str) -> bool:
    rows = [str(vars(document)) for document in read_any(folder, part)]
    return any(secret.casefold() in row.casefold() for row in rows for secret in SECRETS)


def read_any(folder: Path, part: str) -> list[Document]:
    fields = Document.__dataclass_fields__
    rows = [row for path in sorted(folder.glob(f"{part}-*.parquet")) for row in read_rows(path)]
    return [Document(**{name: row[name] for name in fields}) for row in rows]


@pytest.mark.parametrize("originals", [False, True])
def test_originals_are_kept_only_where_asked(inputs: Inputs, tmp_path: Path, originals: bool) -> None:
    output = tmp_path / "out"
    output.mkdir()
    settings = Clean(sources=["s"], steps={**STEPS, "personal_data": {"originals": originals}}, held_out=0.0)
    facts = run(settings, inputs, output)
    assert facts["funnel"]["s"]["changed"] == {"normalise": 1, "personal_data": 2, ANNOTATIONS: 1}
    parts = {part: read_any(output, part) for part in ("train", "dropped", "changed")}
    assert [len(found) for found in parts.values()] == [2, 2, 2]
    for part in parts:
        assert not holds_secret(output, part), part
    private = output / ".originals"
    assert private.exists() == originals
    if originals:
        kept = list(read_documents(private, part="originals"))
        assert [document.text.count("Quillivere") for document in kept] == [1, 0]
        assert kept[0].metadata["nom"] == "Quillivere" and kept[0].text.count("  ") == 1
        assert mode(private) == 0o700 and {mode(path) for path in private.iterdir()} == {0o600}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_open_to_others_while_the_job_runs(inputs: Inputs, tmp_path: Path, monkeypatch) -> None:
    output, seen = tmp_path / "out", []
    output.mkdir()
    finish = Parts.finish

    def watching(self: Parts, phase: int, part: int, facts: dict[str, Any]) -> None:
        finish(self, phase, part, facts)
        seen.extend((path.name, mode(path)) for path in self.folder.rglob("*"))
        assert mode(self.folder) == 0o700

    monkeypatch.setattr(Parts, "finish", watching)
    before = os.umask(0o022)
    try:
        run(Clean(sources=["s"], steps=STEPS, held_out=0.0), inputs, output)
        assert os.umask(0o022) == 0o022, "given back"
    finally:
        os.umask(before)
    assert any(name.startswith("passing") for name, _ in seen)
    assert all(permissions & 0o077 == 0 for _, permissions in seen)


def test_a_document_dropped_before_the_step_is_masked_too(inputs: Inputs, tmp_path: Path) -> None:
    output, written = tmp_path / "out", []
    output.mkdir()
    run(Clean(sources=["s"], steps={"length": {"min_words": 5}, "personal_data": {}}, held_out=0.0), inputs, output)
    written = [document.text for document in read_any(output, "dropped")]
    assert written == ["Mme <NOM>, tél <TELEPHONE>"]
