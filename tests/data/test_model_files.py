"""A model is its own files, wherever they lie, and is pinned by them."""

import os
from pathlib import Path

import pytest

from alambic.data.local_data import folder_digest
from alambic.data.model_files import is_model, model_digest, model_files, needed, pinned_model
from alambic.errors import UserError

MODEL = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "README.md", "spiece.model")
OTHERS = (
    *("manifest.json", "log.txt", "attempts.jsonl", "benchmark.tsv", "metrics.jsonl", "mapping.parquet", ".manifest"),
    *("code.py", "training_args.bin", "optimizer.pt", "consolidated.safetensors", "classifier/config.json"),
    "a\nb.model",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*MODEL, *OTHERS):
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "model"


def test_only_a_models_files_are_taken(folder):
    assert [path.name for path in model_files(folder)] == sorted(MODEL)


def test_pickles_are_taken_where_there_is_nothing_else():
    assert needed(["pytorch_model.bin", "config.json"]) == ["config.json", "pytorch_model.bin"]
    assert needed(["pytorch_model.bin", "model-00001-of-00002.safetensors", "model.safetensors.index.json"]) == [
        "model-00001-of-00002.safetensors",
        "model.safetensors.index.json",
    ]


def test_the_digest_is_that_of_the_models_files(folder, tmp_path):
    digest = model_digest(folder)
    (folder / "log.txt").write_text("another line")
    assert model_digest(folder) == digest
    assert pinned_model(str(folder), digest) == folder
    assert pinned_model(str(folder), folder_digest(folder)) == folder  # as it was pinned before
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in MODEL:
        (alone / name).write_text(name)
    assert model_digest(alone) == folder_digest(alone) == digest
    (folder / "config.json").write_text("changed")
    with pytest.raises(UserError, match=f"pins '{digest}'.*write `digest: {model_digest(folder)}`"):
        pinned_model(str(folder), digest)


def test_a_link_within_the_folder_is_followed_and_one_that_leaves_it_is_refused(folder, tmp_path):
    (folder / "vocab.txt").symlink_to("spiece.model")
    assert "vocab.txt" in [path.name for path in model_files(folder)]
    (tmp_path / "secret").write_text("word")
    (folder / "merges.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(UserError, match=r"merges.txt is a link to .*secret.*outside the folder.*cp -rL"):
        model_files(folder)


def test_a_folder_that_is_a_link_itself_is_taken(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert len(model_files(tmp_path / "link")) == len(MODEL)


def test_what_is_no_file_is_not_waited_for(folder):
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    assert "config.json" not in [path.name for path in model_files(folder)]


@pytest.mark.parametrize("files", [["log.txt"], None])
def test_a_folder_without_a_model_is_refused(tmp_path, files):
    if files is not None:
        (tmp_path / "no").mkdir()
        (tmp_path / "no" / "log.txt").touch()
    with pytest.raises(UserError, match="no model's folder" if files else "is not a folder"):
        model_files(tmp_path / "no")


def test_what_is_a_model_is_told_from_texts(folder, tmp_path):
    assert is_model(folder)
    assert not is_model(tmp_path)
    assert not is_model(tmp_path / "nothing")
