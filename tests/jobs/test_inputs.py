"""What is damaged loses its name, and never its bytes."""

import os
from collections import Counter
from pathlib import Path

import pytest
from damage import flip

from alambic.data.artifact import complete, list_files
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.jobs.folder_lock import locked_folder
from alambic.jobs.inputs import open_inputs, set_aside_foreign, was_set_aside


def make(place, item="medical", digit="a"):
    folder = place / "artifacts" / "clean" / item / (digit * 16)
    folder.mkdir(parents=True)
    (folder / "train.parquet").write_bytes(os.urandom(100))
    complete(folder, Manifest("clean", item, digit * 64, {}, {}, {}, {}, {}, list_files(folder)))
    return folder


def read(*folders):
    pairs = [f"corpus={folder}/manifest.json" for folder in folders]
    return open_inputs(pairs, small_files_only=False, reader=folders[0] / "reader")


def test_all_that_is_damaged_is_named_and_set_aside_at_once(tmp_path):
    whole, first, second = make(tmp_path, "whole"), make(tmp_path, "first"), make(tmp_path, "second")
    for folder in (first, second):
        flip(folder / "train.parquet")
    with pytest.raises(UserError, match=r"first.*second.*run the same command again"):
        read(first, whole, second)
    assert whole.exists() and was_set_aside(first) and was_set_aside(second) and not was_set_aside(whole)
    assert read(whole)["corpus"][0][1].item == "whole"


def test_a_second_damage_has_another_name(tmp_path):
    for number in (1, 2):
        folder = make(tmp_path)
        flip(folder / "train.parquet")
        with pytest.raises(UserError, match=f"set aside as .*-{number}"):
            read(folder)
    assert len(list(folder.parent.iterdir())) == 2


def test_an_artifact_that_is_in_use_stays(tmp_path):
    folder = make(tmp_path)
    flip(folder / "train.parquet")
    with (
        locked_folder(folder, finished=lambda: False, lost=lambda: None),
        pytest.raises(UserError, match=r"is in use by .*, and stays"),
    ):
        read(folder)
    assert folder.exists()


def test_a_manifest_of_another_artifact_is_set_aside_before_anything_is_planned(tmp_path):
    right, wrong, absent = make(tmp_path, "right"), make(tmp_path, "wrong"), tmp_path / "absent" / ("a" * 16)
    (wrong / "manifest.json").unlink()
    (wrong / "manifest.json").write_bytes((right / "manifest.json").read_bytes())
    (line,) = set_aside_foreign(folder / "manifest.json" for folder in (right, wrong, absent))
    assert "wrong" in line and "manifest of another artifact, clean/right/aaaa" in line and "set aside as" in line
    assert right.exists() and was_set_aside(wrong)


def test_of_many_artifacts_the_manifest_alone_is_read_and_once(tmp_path, monkeypatch):
    folders = [make(tmp_path, f"item{number}") for number in range(20)]
    opened = []
    monkeypatch.setattr(
        Path, "open", lambda path, *_, open=Path.open, **__: opened.append(path.name) or open(path, "rb")
    )
    monkeypatch.setattr(
        Path, "read_text", lambda path, *_, **__: opened.append(path.name) or path.read_bytes().decode()
    )
    assert set_aside_foreign(folder / "manifest.json" for folder in folders) == []
    assert Counter(opened).keys() == {"manifest.json"} and len(opened) <= 2 * len(folders)
