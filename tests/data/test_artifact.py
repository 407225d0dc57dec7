"""An artifact is whole or is not there."""

import hashlib
import json
import os

import pytest
from damage import flip

from alambic.data.artifact import TWIN, complete, is_complete, list_files, open_artifact
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.runtime.whole_file import write_atomically


def make(folder):
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "data.bin").write_bytes(b"x" * 100)
    (folder / "log.txt").write_text("said")
    (folder / ".checkpoints").mkdir()
    (folder / ".checkpoints" / "state").write_text("state")
    record = Manifest("collect", "x", "f" * 64, {}, {}, {}, {}, {"n": 1}, list_files(folder))
    complete(folder, record)
    return folder / "manifest.json"


def test_state_and_logs_are_no_part_of_the_result(tmp_path):
    assert open_artifact(make(tmp_path / "a")).files == {"part/data.bin": 100}


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_those_whom_the_umask_lets_may_read_what_was_made(tmp_path, mask, mode):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.safetensors").write_bytes(b"x")
    (tmp_path / "a" / "model.safetensors").chmod(0o600)  # as safetensors writes
    before = os.umask(mask)
    try:
        complete(tmp_path / "a", Manifest("distill", "x", "f" * 64, {}, {}, {}, {}, {}, list_files(tmp_path / "a")))
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "model.safetensors").stat().st_mode & 0o777 == mode


def test_a_truncated_file_is_refused_with_the_remedy(tmp_path):
    path = make(tmp_path / "a")
    (path.parent / "part" / "data.bin").write_bytes(b"x" * 99)
    with pytest.raises(UserError, match=r"has 99 bytes, its manifest says 100.*remove"):
        open_artifact(path)


def test_a_missing_file_is_refused(tmp_path):
    path = make(tmp_path / "a")
    (path.parent / "part" / "data.bin").unlink()
    with pytest.raises(UserError, match="is missing"):
        open_artifact(path)


@pytest.mark.parametrize("text", ["", "{", '{"stage": 1}'])
def test_a_damaged_manifest_is_refused(tmp_path, text):
    path = make(tmp_path / "a")
    path.write_text(text)
    with pytest.raises(UserError, match="damaged"):
        open_artifact(path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"


def planned(place, *, stage="collect", item="x", fingerprint="0123456789abcdef" * 4):
    """Make an artifact where the plan would have it."""
    folder = place / "artifacts" / stage / item / fingerprint[:16]
    folder.mkdir(parents=True)
    (folder / "data.bin").write_bytes(b"x" * 100)
    complete(folder, Manifest(stage, item, fingerprint, {}, {}, {}, {}, {}, list_files(folder)))
    return folder / "manifest.json"


def test_a_manifest_knows_each_file_by_its_content(tmp_path):
    record = open_artifact(planned(tmp_path))
    assert record.sha256 == {"data.bin": hashlib.sha256(b"x" * 100).hexdigest()}


def test_a_flipped_bit_is_found_unless_the_site_looks_at_sizes_only(tmp_path, monkeypatch):
    path = planned(tmp_path)
    flip(path.with_name("data.bin"))
    with pytest.raises(UserError, match=r"data\.bin is damaged: its sha256 is"):
        open_artifact(path)
    monkeypatch.setenv("ALAMBIC_VERIFY", "sample")  # of less than a sample, all
    with pytest.raises(UserError, match=r"data\.bin is damaged"):
        open_artifact(path)
    monkeypatch.setenv("ALAMBIC_VERIFY", "sizes")
    open_artifact(path)


def test_a_manifest_of_an_earlier_version_is_checked_by_its_sizes(tmp_path):
    path = planned(tmp_path)
    content = json.loads(path.read_text())
    del content["sha256"], content["checksum"]
    path.write_text(json.dumps(content))
    assert open_artifact(path).files == {"data.bin": 100}
    path.with_name("data.bin").write_bytes(b"y")
    with pytest.raises(UserError, match="has 1 bytes"):
        open_artifact(path)


@pytest.mark.parametrize(
    "other", [{"fingerprint": "f" * 64}, {"stage": "fetch"}, {"item": "y"}], ids=["fingerprint", "stage", "item"]
)
def test_a_manifest_of_another_artifact_vouches_for_nothing(tmp_path, other):
    path, foreign = planned(tmp_path / "here"), planned(tmp_path / "there", **other)
    for name in ("manifest.json", TWIN):
        path.with_name(name).unlink()
        path.with_name(name).write_bytes(foreign.read_bytes())
    with pytest.raises(UserError, match="manifest of another artifact"):
        open_artifact(path)
    assert not is_complete(path)


def test_a_foreign_manifest_that_a_stage_brought_is_replaced(tmp_path):
    path, foreign = planned(tmp_path / "here"), planned(tmp_path / "there", fingerprint="f" * 64)
    record = Manifest.read(path)
    for name in ("manifest.json", TWIN):
        path.with_name(name).unlink()
        path.with_name(name).write_bytes(foreign.read_bytes())
    complete(path.parent, record)
    assert open_artifact(path) == record


def test_a_foreign_manifest_makes_way_for_the_right_twin(tmp_path):
    path, foreign = planned(tmp_path / "here"), planned(tmp_path / "there", fingerprint="f" * 64)
    record = Manifest.read(path)
    path.unlink()
    path.write_bytes(foreign.read_bytes())
    assert is_complete(path) and Manifest.read(path) == record
    assert sorted(file.name for file in path.parent.iterdir()) == [TWIN, "data.bin", "manifest.json"]


def test_a_removed_manifest_does_not_come_back_over_damaged_files(tmp_path):
    path = planned(tmp_path)
    path.unlink()
    flip(path.with_name("data.bin"))
    assert not is_complete(path)
    assert not path.with_name("data.bin").exists(), "a stage would go on from it"
    assert not path.exists() and list_files(path.parent) == {}


def test_of_an_artifact_whose_small_files_are_read_only_those_are_checked(tmp_path):
    path = planned(tmp_path)
    flip(path.with_name("data.bin"))
    open_artifact(path, small_files_only=True)
