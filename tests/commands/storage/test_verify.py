"""Everything that is there, checked to the last byte by one command."""

import os
import subprocess
import sys

import pytest
from damage import flip

from alambic.commands.storage.archive import archive
from alambic.commands.storage.verify import folders_of, verify
from alambic.data.archive_pointer import Pointer
from alambic.data.artifact import complete, list_files
from alambic.data.manifest import Manifest


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "artifacts" / "distill" / "student" / "0123456789abcdef"
    (made / "part").mkdir(parents=True)
    for name in ("part/model.safetensors", "config.json", "scores.json"):
        (made / name).write_bytes(os.urandom(1_000_000))
    complete(made, Manifest("distill", "student", made.name * 4, {}, {}, {}, {}, {}, list_files(made)))
    return made.relative_to(tmp_path)


def problems(*, repair=False):
    return [checked.problem for checked in verify(folders_of([]), repair=repair)]


@pytest.mark.parametrize("name", ["part/model.safetensors", "config.json", "scores.json", "manifest.json"])
def test_a_flipped_bit_of_any_file_is_found_and_the_artifact_set_aside(folder, name):
    assert problems() == [""]
    flip(folder / name)
    (problem,) = problems()
    assert f"{folder / name} is damaged" in problem and folder.exists()
    problems(repair=True)
    assert not folder.exists() and problems() == []
    assert len([path for path in folder.parent.rglob("*") if path.name == "model.safetensors"]) == 1


def test_an_archived_artifact_is_checked_where_it_is(folder, tmp_path):
    archive(folder, tmp_path / "archive")
    (checked,) = verify(folders_of([str(folder)]), repair=False)
    assert (checked.problem, checked.note) == ("", "archived")
    tar = tmp_path / Pointer.of(folder).tar
    flip(tar)
    assert "take a copy of it that is whole" in problems()[0]
    tar.rename(tar.with_suffix(".moved"))
    (checked,) = verify(folders_of([]), repair=False)
    assert not checked.problem and "not in sight" in checked.note
    flip(folder / "scores.json")
    assert "scores.json is damaged" in problems()[0]


def test_what_is_damaged_is_not_archived(folder, tmp_path):
    flip(folder / "config.json")
    with pytest.raises(Exception, match=r"config\.json is damaged"):
        archive(folder, tmp_path / "archive")


def test_the_command_s_status_tells(folder):
    command = [sys.executable, "-m", "alambic", "verify"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1 artifacts checked, 0 damaged\n")
    flip(folder / "config.json")
    done = subprocess.run([*command, "artifacts", "--repair"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "set aside as" in done.stdout and not folder.exists()
