"""An artifact is whole or is not there."""

import os

import pytest

from alambic.data.artifact import complete, list_files, open_artifact, write_atomically
from alambic.data.manifest import Manifest
from alambic.errors import UserError


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
