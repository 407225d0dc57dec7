"""A store is read with nothing but the teacher, the tokenizer and the text that it was made from."""

import json
import shutil
from dataclasses import replace

import pytest
from test_causal import DOCUMENTS, distil, made, manifest  # noqa: F401
from tiny_models import tiny_llama

from alambic.data.documents import write_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.signal_store import check_signal, facts_of, made_by, zip_with_corpus
from alambic.errors import UserError
from alambic.settings import Teach, Tokenizer
from alambic.stages.distill.examples.generated_texts import GeneratedTexts
from alambic.stages.distill.student.vocabulary import check_base
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit

GENERATED = Teach(teacher="t", corpus="c", signal="generated_texts", new_tokens=4, documents_per_shard=9)


@pytest.fixture
def copied(made, tmp_path):  # noqa: F811
    """A teacher that is an artifact, and what it wrote."""
    folders = {name: tmp_path / name for name in ("teacher", "signal")}
    shutil.copytree(made["teacher"], folders["teacher"])
    folders["signal"].mkdir()
    teach(GENERATED, Inputs(teacher=[folders["teacher"]], corpus=[made["corpus"]]), folders["signal"])
    return {**made, **folders}


def test_what_it_was_made_by_is_written_down(copied):
    stored = facts_of(copied["signal"])
    assert {name: stored[name] for name in ("teacher", "tokenizer")} == made_by(copied["teacher"])
    assert stored["teacher"] == "0" * 64
    check_signal(copied["signal"], copied["teacher"])


def test_another_revision_of_the_teacher_is_refused(copied):
    record = Manifest.read(copied["teacher"] / "manifest.json")
    (copied["teacher"] / "manifest.json").write_text(replace(record, fingerprint="1" * 64).dump())
    with pytest.raises(UserError, match=r"made by another teacher: the fingerprint is 0000.* and 1111"):
        check_signal(copied["signal"], copied["teacher"])


def test_another_tokenizer_is_refused_and_another_layout_is_not(copied, tmp_path):
    path = copied["teacher"] / "tokenizer.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content))
    check_signal(copied["signal"], copied["teacher"])
    content["model"]["merges"].pop()
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="tokenizer's digest"):
        distil(copied, tmp_path / "student", objectives={"sequence_level": {}})


@pytest.mark.parametrize("place", [0, 5, len(DOCUMENTS) - 1])
def test_another_text_under_the_same_name_is_refused(copied, place):
    others = [replace(one, text=one.text + ".") if n == place else one for n, one in enumerate(DOCUMENTS)]
    assert len(list(zip_with_corpus(DOCUMENTS, GeneratedTexts(copied["signal"])))) == len(DOCUMENTS)
    with pytest.raises(UserError, match=f"text of document {place} is not the one"):
        list(zip_with_corpus(others, GeneratedTexts(copied["signal"])))


def test_a_shard_of_another_teacher_is_refused(copied, tmp_path):
    other, signal = tmp_path / "another", tmp_path / "mixed"
    shutil.copytree(copied["teacher"], other)
    manifest(other)
    record = Manifest.read(other / "manifest.json")
    (other / "manifest.json").write_text(replace(record, fingerprint="2" * 64).dump())
    shutil.copytree(copied["signal"], signal)
    (signal / "signal-00001.parquet").unlink()
    teach(GENERATED, Inputs(teacher=[other], corpus=[copied["corpus"]]), signal)
    with pytest.raises(UserError, match=r"signal-00001\.parquet was made by another teacher"):
        check_signal(signal, copied["teacher"])


def test_a_tokenizer_of_another_base_is_refused_where_pieces_count(made, tmp_path):  # noqa: F811
    base, folder = tmp_path / "base", tmp_path / "tokenizer"
    base.mkdir(), folder.mkdir()
    tiny_llama(base, pieces=300)
    write_documents(DOCUMENTS, tmp_path, part="train")
    content = json.loads((base / "tokenizer.json").read_text())
    content["model"]["vocab"]["a"], content["model"]["vocab"]["b"] = (content["model"]["vocab"][x] for x in "ba")
    (base / "tokenizer.json").write_text(json.dumps(content))
    fit(
        Tokenizer(base="t", corpus="c", added_pieces=0, trim=False),
        Inputs(base=[base], corpus=[made["corpus"]]),
        folder,
    )
    check_base(made["extended"], made["teacher"])
    with pytest.raises(UserError, match="as the tokenizer's `base`"):
        distil({**made, "other": folder}, tmp_path / "student", "other", initial="random")
