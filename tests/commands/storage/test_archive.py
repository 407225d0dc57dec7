"""Archiving and restoring: nothing is made again, nothing is lost, whenever they are killed."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from alambic.commands.storage.archive import archive
from alambic.commands.storage.restore import restore
from alambic.data import archive_pointer
from alambic.data.archive_pointer import Pointer
from alambic.data.artifact import TWIN, complete, is_complete, list_files, open_artifact
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.settings import STAGES
from conftest import ROOT

SIZE = 2_000_000


def make(place: Path, *, size: int = SIZE, files: int = 2) -> Path:
    """Write a finished artifact with large files, one of them in a folder, and small ones."""
    folder = place / "artifacts" / "distill" / "student" / "0123456789abcdef"
    (folder / "part").mkdir(parents=True)
    for number in range(files):
        (folder / "part" / f"weights{number}.bin").write_bytes(os.urandom(size))
    (folder / "config.json").write_text("{}")
    (folder / "metrics.jsonl").write_text('{"step": 1}\n')
    (folder / "log.txt").write_text("said")
    complete(folder, Manifest("distill", "student", "0123456789abcdef" * 4, {}, {}, {}, {}, {}, list_files(folder)))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "alambic", *map(str, arguments)]


def start(*arguments: object, cwd: Path) -> subprocess.Popen:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command(*arguments), cwd=cwd, env=env, stderr=subprocess.PIPE, text=True)


def test_an_artifact_goes_and_comes_back_byte_for_byte(tmp_path):
    folder = make(tmp_path)
    before = content(folder)
    assert archive(folder, tmp_path / "archive") == 2 * SIZE
    assert set(content(folder)) == {
        "manifest.json",
        TWIN,
        "config.json",
        "metrics.jsonl",
        "log.txt",
        archive_pointer.FILE,
    }
    (tar,) = (tmp_path / "archive").rglob("*.tar")
    assert tar.parent == tmp_path / "archive" / "distill" / "student"
    assert hashlib.sha256(tar.read_bytes()).hexdigest() == Pointer.of(folder).sha256

    assert archive(folder, tmp_path / "archive") == 0  # again: nothing to do
    assert restore(folder) == 2 * SIZE
    assert content(folder) == before
    assert restore(folder) == 0
    archive(folder, tmp_path / "archive")
    assert list((tmp_path / "archive").rglob("*.tar")) == [tar]  # the same files, the same tar


def test_a_stage_that_reads_an_archived_artifact_is_told_how_it_comes_back(tmp_path):
    folder = make(tmp_path)
    archive(folder, tmp_path / "archive")
    with pytest.raises(UserError, match=rf"archive.*\.tar: bring it back with `python -m alambic restore {folder}`"):
        open_artifact(folder / "manifest.json")
    assert STAGES["report"].light
    open_artifact(folder / "manifest.json", small_files_only=True)
    (folder / "metrics.jsonl").unlink()
    with pytest.raises(UserError, match="is missing"):
        open_artifact(folder / "manifest.json", small_files_only=True)


def test_a_manifest_that_snakemake_removed_comes_back_beside_a_pointer(tmp_path):
    folder = make(tmp_path)
    archive(folder, tmp_path / "archive")
    (folder / "manifest.json").unlink()
    assert is_complete(folder / "manifest.json")
    restore(folder)
    open_artifact(folder / "manifest.json")


def test_small_artifacts_stay(tmp_path):
    folder = make(tmp_path, size=1000)
    assert archive(folder, tmp_path / "archive") == 0
    assert not (tmp_path / "archive").exists() and Pointer.of(folder) is None


def test_what_is_not_whole_is_not_archived(tmp_path):
    folder = make(tmp_path)
    with (folder / "part" / "weights0.bin").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(UserError, match="has 2000004 bytes"):
        archive(folder, tmp_path / "archive")
    (folder / "manifest.json").unlink()
    with pytest.raises(UserError, match="no finished artifact"):
        archive(folder, tmp_path / "archive")


def test_a_damaged_tar_is_refused_and_a_moved_one_is_found(tmp_path):
    folder = make(tmp_path)
    before = content(folder)
    archive(folder, tmp_path / "archive")
    (tmp_path / "archive").rename(tmp_path / "moved")
    with pytest.raises(UserError, match="missing: if it was moved, add `--from"):
        restore(folder)
    (tar,) = (tmp_path / "moved").rglob("*.tar")
    whole = tar.read_bytes()
    tar.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    archived = content(folder)
    with pytest.raises(UserError, match="damaged"):
        restore(folder, source=tmp_path / "moved")
    assert content(folder) == archived
    tar.write_bytes(whole)
    restore(folder, source=tmp_path / "moved")
    assert content(folder) == before


def test_a_damaged_tar_stops_the_removal(tmp_path):
    folder = make(tmp_path)
    before = content(folder)
    archive(folder, tmp_path / "archive")
    (folder / "part").mkdir()
    (folder / "part" / "weights0.bin").write_bytes(before["part/weights0.bin"])  # as if killed while removing
    Path(Pointer.of(folder).tar).write_bytes(b"")
    with pytest.raises(UserError, match="missing or damaged"):
        archive(folder, tmp_path / "archive")
    assert (folder / "part" / "weights0.bin").exists()


@pytest.mark.parametrize("name", ["../../outside.bin", "/outside.bin"])
def test_a_tar_cannot_write_outside_the_artifact(tmp_path, name):
    folder = make(tmp_path)
    archive(folder, tmp_path / "archive")
    found = Pointer.of(folder)
    with tarfile.open(found.tar, "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))
    evil = Path(found.tar).read_bytes()
    forged = Pointer(found.tar, hashlib.sha256(evil).hexdigest(), len(evil), found.files)
    (folder / archive_pointer.FILE).write_text(forged.dump())
    with pytest.raises(UserError):
        restore(folder)
    assert not list(tmp_path.rglob("outside.bin")) and not Path("/outside.bin").exists()


def test_a_folder_in_use_is_left_alone(tmp_path):
    folder = make(tmp_path)
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, time; from pathlib import Path;"
         "from alambic.jobs.folder_lock import try_lock;"
         "try_lock(Path(sys.argv[1])); print('mine', flush=True); time.sleep(60)", folder],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == "mine\n"
        with pytest.raises(UserError, match=rf"in use by process {holder.pid}"):
            archive(folder, tmp_path / "archive")
    finally:
        holder.kill()
        holder.wait()
    assert archive(folder, tmp_path / "archive") > 0  # its owner is dead now


@pytest.mark.slow
def test_kills_lose_nothing_and_the_same_command_goes_on(tmp_path):
    folder = make(tmp_path, size=20_000_000, files=3)
    before = content(folder)
    states = {_state(tmp_path, folder)}
    for arguments in (("archive", folder, "--to", tmp_path / "archive"), ("restore", folder)):
        # Each time it is killed at a point that it has not reached before, until there is none.
        while (process := _until_new_state(start(*arguments, cwd=tmp_path), tmp_path, folder, states)).poll() is None:
            process.kill()
            process.wait()
            states.add(_state(tmp_path, folder))
            _nothing_is_lost(folder, before)
        assert process.returncode == 0, process.stderr.read()
        _nothing_is_lost(folder, before)
        assert (Pointer.of(folder) is not None) == (arguments[0] == "archive")
    assert _visible(content(folder)) == _visible(before)
    assert [path.suffix for path in (tmp_path / "archive").rglob("*") if path.is_file()] == [".tar"]
    assert len(states) > 4, states


def _until_new_state(process: subprocess.Popen, place: Path, folder: Path, states: set) -> subprocess.Popen:
    while process.poll() is None and (state := _state(place, folder)) in states:
        time.sleep(0.0005)
    if process.poll() is None:
        states.add(state)
    return process


def _visible(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out state that a killed process could not remove: `prune` finds it."""
    return {name: data for name, data in files.items() if not name.startswith(".")}


def _state(place: Path, folder: Path) -> tuple:
    tars = sorted(path.suffix for path in (place / "archive").rglob("*0123456789abcdef*"))
    files = sum((folder / "part" / f"weights{number}.bin").exists() for number in range(3))
    return (*tars, (folder / archive_pointer.FILE).exists(), (folder / ".restoring").exists(), files)


def _nothing_is_lost(folder: Path, before: dict[str, bytes]) -> None:
    found = Pointer.of(folder)
    inside = {}
    if found is not None:
        assert hashlib.sha256(Path(found.tar).read_bytes()).hexdigest() == found.sha256
        with tarfile.open(found.tar) as tar:
            inside = {member.name: tar.extractfile(member).read() for member in tar}
    for name, data in before.items():
        assert ((folder / name).read_bytes() if (folder / name).exists() else inside[name]) == data
    assert is_complete(folder / "manifest.json")


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of a few MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no small disk could be mounted: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_ends_in_one_clear_error(tmp_path, small_disk):
    folder = make(tmp_path)
    before = content(folder)
    process = start("archive", folder, "--to", small_disk, cwd=tmp_path)
    said = process.communicate()[1]
    assert process.returncode == 1 and "no space left" in said and "Traceback" not in said
    assert content(folder) == before and not [path for path in small_disk.rglob("*") if path.is_file()]

    archive(folder, tmp_path / "archive")
    moved = small_disk / folder.name
    moved.mkdir()
    for name, data in content(folder).items():
        (moved / name).write_bytes(data)
    process = start("restore", moved, cwd=tmp_path)
    said = process.communicate()[1]
    assert process.returncode == 1 and "no space left" in said and "Traceback" not in said
    assert not (moved / ".restoring").exists() and Pointer.of(moved) is not None
