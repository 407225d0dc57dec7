"""A list of traces keeps out texts that are not at hand, holds no word of them, and is pinned by its content."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from leaks import CASE, FILLER, LABEL, REWRITTEN

from alambic.__main__ import main
from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Clean, identity
from alambic.stages.clean.run import run


@pytest.fixture
def embargo(tmp_path, monkeypatch, capsys) -> dict[str, str]:
    """Make a list of two texts by the command, and give the setting that it prints."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "case.txt").write_text(CASE, encoding="utf-8")
    (folder / "labels.jsonl").write_text(json.dumps({"label": LABEL, "text": LABEL}), encoding="utf-8")
    path = tmp_path / "parhaf.parquet"
    monkeypatch.setattr(sys, "argv", ["alambic", "embargo", str(folder), "--name", "parhaf", "--to", str(path)])
    main()
    (setting,) = yaml.safe_load(capsys.readouterr().out)["embargo"]
    return setting


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Give a source in which the texts are planted."""
    (tmp_path / "web").mkdir()
    texts = [FILLER, LABEL.upper(), f"{FILLER} {CASE}", REWRITTEN, "Un autre texte."]
    write_documents(
        (Document(str(place), text, "web", "", "CC0-1.0") for place, text in enumerate(texts)), tmp_path / "web"
    )
    return Inputs(sources=[tmp_path / "web"])


def test_embargoed_texts_are_left_out(embargo, inputs, tmp_path):
    facts = run(Clean(sources=["x"], steps={}, held_out=0, embargo=[embargo]), inputs, tmp_path)
    assert facts["decontamination"]["because"] == {"embargo parhaf": {"texts": 2, "removed": {"web": 3}}}
    reasons = [row["reason"] for row in pq.read_table(tmp_path / "dropped-00000.parquet").to_pylist()]
    how = ("whole text", "runs of words", "near duplicate")
    assert reasons == [f"decontamination: test text of embargo parhaf ({one})" for one in how]


def test_a_list_holds_no_word_and_another_list_of_the_same_texts_no_same_number(embargo, tmp_path, monkeypatch):
    first = Path(embargo["path"])
    content = first.read_bytes()
    assert not any(word.encode() in content for word in CASE.split() if len(word) > 5)
    second = tmp_path / "second.parquet"
    monkeypatch.setattr(
        sys, "argv", ["alambic", "embargo", str(tmp_path / "texts"), "--name", "parhaf", "--to", str(second)]
    )
    main()
    runs = [{run for row in pq.read_table(path).to_pylist() for run in row["runs"]} for path in (first, second)]
    assert len(runs[0]) == len(runs[1]) > 50 and not runs[0] & runs[1]


def test_a_list_is_known_by_its_content_and_not_by_its_place(embargo):
    here, there = (Clean(sources=["x"], embargo=[{**embargo, "path": path}]) for path in ("here", "there"))
    other = Clean(sources=["x"], embargo=[{**embargo, "sha256": "0" * 64}])
    assert identity(here) == identity(there) != identity(other)


def test_another_file_none_or_no_list_is_refused(embargo, inputs, tmp_path):
    def refused(setting: dict[str, str]) -> str:
        with pytest.raises(UserError) as error:
            run(Clean(sources=["x"], steps={}, embargo=[setting]), inputs, tmp_path)
        return str(error.value)

    assert "is missing" in refused({**embargo, "path": str(tmp_path / "none")})
    assert "expected " + "0" * 64 in refused({**embargo, "sha256": "0" * 64})


def test_an_embargo_that_would_not_be_looked_at_is_refused(embargo):
    with pytest.raises(ValueError, match="decontaminate: false"):
        Clean(sources=["x"], embargo=[embargo], decontaminate=False)


def test_a_list_bears_the_mark_that_earlier_lists_bear(embargo: dict[str, str]) -> None:
    assert json.loads(pq.read_schema(embargo["path"]).metadata[b"alambic.embargo"])["name"] == "parhaf"
