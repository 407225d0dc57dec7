"""A folder has one writer; a dead one is followed, a live one never disturbed."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from alambic.errors import UserError
from alambic.jobs import folder_lock, slurm
from alambic.jobs.folder_lock import FILE, Owner, locked_folder, owner_of, try_lock, unlock

HOLD = """
import sys, time
from pathlib import Path
from alambic.jobs.folder_lock import locked_folder
with locked_folder(Path(sys.argv[1]), finished=lambda: False, lost=lambda: None) as mine:
    print("mine", flush=True)
    time.sleep(float(sys.argv[2]))
"""
# Own the folder many times; whoever finds the mark of another inside has met a second writer.
CONTEND = """
import sys, os, time
from pathlib import Path
from alambic.jobs import folder_lock
folder_lock.POLL = 0.001
folder = Path(sys.argv[1])
for _ in range(15):
    with folder_lock.locked_folder(folder, finished=lambda: False, lost=lambda: None):
        mark = os.open(folder / "inside", os.O_CREAT | os.O_EXCL)
        time.sleep(0.002)
        os.close(mark)
        (folder / "inside").unlink()
"""

ASK = """
import sys
from pathlib import Path
from alambic.jobs.folder_lock import try_lock
print(try_lock(Path(sys.argv[1])))
"""


def never() -> bool:
    return False


def hold(folder: Path, seconds: float) -> subprocess.Popen:
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder, str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "mine\n"
    return process


def test_a_dead_process_is_followed_at_once(tmp_path):
    process = hold(tmp_path, 60)
    assert owner_of(tmp_path) is not None
    process.kill()
    process.wait()
    assert owner_of(tmp_path) is None
    with locked_folder(tmp_path, finished=never, lost=never) as mine:
        assert mine and owner_of(tmp_path) is not None
    assert list(tmp_path.iterdir()) == []


def test_a_live_process_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "POLL", 0.05)
    process = hold(tmp_path, 1.0)
    with locked_folder(tmp_path, finished=never, lost=never) as mine:
        assert mine and process.wait(timeout=120) == 0


def test_what_the_other_finished_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "POLL", 0.05)
    process = hold(tmp_path, 60)
    with locked_folder(tmp_path, finished=lambda: True, lost=never) as mine:
        assert not mine
    process.kill()
    process.wait()


def test_many_contenders_for_a_dead_one_s_folder_never_meet(tmp_path):
    process = hold(tmp_path, 60)
    process.kill()
    process.wait()
    contenders = [subprocess.Popen([sys.executable, "-c", CONTEND, tmp_path]) for _ in range(5)]
    assert [process.wait(timeout=120) for process in contenders] == [0] * 5


@pytest.mark.parametrize(("age", "lives"), [(0, True), (60, True), (3600, False)])
def test_another_machine_lives_as_long_as_it_gives_signs(tmp_path, age, lives):
    elsewhere = Owner("token", "another-host", "boot", 1, "1", None)
    path = tmp_path / FILE
    path.write_text(json.dumps(asdict(elsewhere)))
    os.utime(path, (time.time() - age,) * 2)
    assert (owner_of(tmp_path) is not None) == lives


def refuse(kind: type[Exception]) -> Callable[[str], bool]:
    def ask(job: str) -> bool:
        raise kind("no answer")

    return ask


@pytest.mark.parametrize(
    ("is_live", "lives"),
    [
        (lambda job: True, True),
        (lambda job: False, False),
        (refuse(slurm.NoAnswer), True),  # a busy controller: nothing says that the job has gone
        (refuse(slurm.NotInstalled), False),
    ],
)
def test_slurm_answers_for_a_machine_that_gives_no_sign(tmp_path, monkeypatch, is_live, lives):
    monkeypatch.setattr(slurm, "is_live", is_live)
    path = tmp_path / FILE
    path.write_text(json.dumps(asdict(Owner("token", "another-host", "boot", 1, "1", "7"))))
    os.utime(path, (0, 0))
    assert (owner_of(tmp_path) is not None) == lives


@pytest.mark.parametrize("content", ["", '{"token": "cut', '{"token": "of another version"}', "7"])
def test_an_owner_s_file_that_says_nothing_bars_nobody_for_long(tmp_path, content):
    path = tmp_path / FILE
    path.write_text(content)
    assert owner_of(tmp_path) is not None, "it may be about to be written"
    os.utime(path, (0, 0))
    with locked_folder(tmp_path, finished=never, lost=never) as mine:
        assert mine
    assert list(tmp_path.iterdir()) == []


def test_signs_of_life_go_on_after_a_trouble_of_the_file_system(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "HEARTBEAT", 0.05)
    read, troubles, over = folder_lock._read, [1, 2, 3], threading.Event()

    def troubled(path: Path) -> Owner | None:
        if threading.current_thread() is not threading.main_thread():
            if troubles:
                raise OSError(troubles.pop(), "stale file handle")
            over.set()
        return read(path)

    monkeypatch.setattr(folder_lock, "_read", troubled)
    with locked_folder(tmp_path, finished=never, lost=never):
        os.utime(tmp_path / FILE, (0, 0))
        assert over.wait(timeout=120)
        end = time.monotonic() + 120
        while (tmp_path / FILE).stat().st_mtime == 0:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_a_machine_that_was_restarted_has_none_of_its_processes(tmp_path):
    with locked_folder(tmp_path, finished=never, lost=never):
        mine = owner_of(tmp_path)
        assert mine is not None
        (tmp_path / FILE).write_text(json.dumps(asdict(replace(mine, boot="an earlier one"))))
        os.utime(tmp_path / FILE, (0, 0))
        assert owner_of(tmp_path) is None


def test_who_lost_its_folder_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "HEARTBEAT", 0.05)
    told = threading.Event()
    with locked_folder(tmp_path, finished=never, lost=told.set):
        stranger = Owner("other", "another-host", "boot", 1, "1", None)
        (tmp_path / FILE).write_text(json.dumps(asdict(stranger)))
        assert told.wait(timeout=120)
    assert (tmp_path / FILE).exists(), "what belongs to another is not removed"


def test_a_second_head_learns_who_the_first_is(tmp_path):
    assert try_lock(tmp_path / "head") is None
    done = subprocess.run([sys.executable, "-c", ASK, tmp_path / "head"], capture_output=True, text=True, check=True)
    assert f"process {os.getpid()} on" in done.stdout
    unlock(tmp_path / "head")
    done = subprocess.run([sys.executable, "-c", ASK, tmp_path / "head"], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


def as_another_user(action: Callable[[], bool]) -> bool:
    """Tell what `action` answers to a user without rights; only root can become one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    child = os.fork()
    if child == 0:
        status = 2
        with contextlib.suppress(BaseException):
            os.setgid(65534)
            os.setuid(65534)
            status = 0 if action() else 1
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status < 2, "it ended by an exception"
    return status == 0


@pytest.fixture
def shared(tmp_path) -> Path:
    """Give a folder that every user may write in, under folders that he may pass."""
    for place in [*tmp_path.parents[:3], tmp_path]:
        if place.owner() == "root" and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o055)
    tmp_path.chmod(0o777)
    return tmp_path


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_folder_of_another_user_s_dead_job_is_taken_over(shared, mask):
    before = os.umask(mask)
    try:
        hold = subprocess.Popen([sys.executable, "-c", HOLD, shared, "60"], stdout=subprocess.PIPE, text=True)
    finally:
        os.umask(before)
    assert hold.stdout.readline() == "mine\n"
    assert as_another_user(lambda: owner_of(shared).pid == hold.pid)
    hold.kill()
    hold.wait()

    def take() -> bool:
        with locked_folder(shared, finished=never, lost=lambda: None) as mine:
            return mine

    assert as_another_user(take)


def test_an_owner_s_file_that_cannot_be_read_is_judged_by_its_age(shared):
    (shared / FILE).write_text("{}")
    (shared / FILE).chmod(0o600)
    assert as_another_user(lambda: owner_of(shared).host == "unknown")
    os.utime(shared / FILE, (1, 1))
    assert as_another_user(lambda: owner_of(shared) is None)


def test_who_may_not_write_in_a_folder_is_told_so(shared):
    (shared / "artifact").mkdir(mode=0o755)

    def lock() -> bool:
        try:
            with locked_folder(shared / "artifact", finished=never, lost=lambda: None):
                return False
        except UserError as error:
            return "let the group write" in str(error)

    assert as_another_user(lock)
    assert as_another_user(lambda: owner_of(shared / "artifact") is None)
    (shared / "artifact" / FILE).write_text("{}")
    assert as_another_user(lambda: owner_of(shared / "artifact") is not None)


def test_a_link_of_another_user_in_place_of_a_folder_is_refused(shared):
    (shared / "elsewhere").mkdir()
    (shared / "own").symlink_to("elsewhere")
    folder_lock.make_own_folder(shared / "own")  # one's own link is one's own business
    (shared / "theirs").symlink_to("elsewhere")
    os.lchown(shared / "theirs", 65534, 65534)
    with pytest.raises(UserError, match=r"is a link that .* made"):
        folder_lock.make_own_folder(shared / "theirs")
