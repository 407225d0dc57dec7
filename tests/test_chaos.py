"""Whatever happens to a training on a cluster: the same command again, and the result is that of an undisturbed run.

`make chaos` runs these faults and prints the table of docs/notes/chaos.md. `make test` kills the head of its one run on
the cluster (tests/test_slurm.py), and disturbs trainings without a cluster (tests/training/test_recovery.py).
"""

import contextlib
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chaos import EPOCHS, Student, kill, tabled
from damage import flip, halve
from slurm_cluster import ROOT, Cluster

from alambic.jobs.attempts import read_attempts

pytest_plugins = ["slurm_cluster"]
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]

SOME_STEP = 15  # of 56
WRONG_CLOCK = Path(__file__).with_name("wrong_clock.c")


def rank_dies(student: Student) -> None:
    kill(student.ranks()[-1])


def all_ranks_die(student: Student) -> None:
    kill(*student.ranks())


def batch_dies(student: Student) -> None:
    kill(*student.processes("slurm_script"))


def head_dies(student: Student) -> None:
    assert student.head is not None
    student.head.kill()


def job_is_cancelled(student: Student) -> None:
    student.cluster.run("scancel", student.job())


def job_is_requeued(student: Student) -> None:
    student.cluster.run("scontrol", "update", f"JobId={student.job()}", "Requeue=1")
    done = student.cluster.run("scontrol", "requeue", student.job())
    assert done.returncode == 0, done.stderr


def wall_limit_is_announced(student: Student) -> None:
    """As Slurm does for a profile's `--signal=USR1@seconds`: to the ranks, not to the batch script."""
    done = student.cluster.run("scancel", "--signal=USR1", student.job())
    assert done.returncode == 0, done.stderr


def node_goes_down(student: Student) -> None:
    done = student.cluster.run("scontrol", "update", "NodeName=gpu2", "State=DOWN", "Reason=chaos")
    assert done.returncode == 0, done.stderr


def node_stops_answering(student: Student) -> None:
    student.node("kill-node", "gpu2")
    time.sleep(5)
    student.node("start-node", "gpu2")


def head_and_job_die_and_the_checkpoint_is(how: str) -> Callable[[Student], None]:
    def fault(student: Student) -> None:
        head_dies(student)
        job_is_cancelled(student)
        end = time.monotonic() + 300
        while student.ranks():
            assert time.monotonic() < end
            time.sleep(0.5)
        newest = student.checkpoints()[-1] / "state.safetensors"
        (halve if how == "truncated" else flip)(newest)

    return fault


def second_command_at_the_same_time(student: Student) -> None:
    first = student.head
    second = student.start()
    student.heads.append(second.wait(timeout=600))
    assert student.heads[-1] != 0 and "another command" in (student.folder / "head-1.log").read_text()
    student.head = first


FAULTS: dict[str, Callable[[Student], None]] = {
    "wall limit announced": wall_limit_is_announced,
    "kill -9 of a rank": rank_dies,
    "kill -9 of the head": head_dies,
    "kill -9 of all ranks": all_ranks_die,
    "kill -9 of the batch job": batch_dies,
    "scancel": job_is_cancelled,
    "scontrol requeue": job_is_requeued,
    "node down": node_goes_down,
    "kill -9 of a node's daemon": node_stops_answering,
    "head and job killed, newest checkpoint truncated": head_and_job_die_and_the_checkpoint_is("truncated"),
    "head and job killed, newest checkpoint with a bit flipped": head_and_job_die_and_the_checkpoint_is("flipped"),
    "a second command at the same time": second_command_at_the_same_time,
}
Row = tuple[str, ...]


@pytest.fixture(scope="module")
def table() -> Iterator[list[Row]]:
    header = ("fault", "attempts end", "commands", "steps taken again", "seconds of them", "longest pause, s")
    with tabled(*header) as rows:
        yield rows


@pytest.fixture(scope="module")
def undisturbed(cluster: Cluster, smoke_run, tmp_path_factory: pytest.TempPathFactory) -> Student:
    student = Student.prepare(cluster, tmp_path_factory.mktemp("undisturbed"), smoke_run.work)
    student.start()
    student.finish()
    return student


def check(student: Student, undisturbed: Student) -> None:
    """The artifact equals that of an undisturbed run, each step was taken once, nothing is left over."""
    assert student.leftovers() == [], student.logs()
    steps, expected = student.steps(), undisturbed.steps()
    assert [line["step"] for line in steps] == [line["step"] for line in expected], student.logs()
    assert [line["loss"] for line in steps] == [line["loss"] for line in expected], student.logs()
    assert student.weights() == undisturbed.weights()
    attempts = read_attempts(student.artifact)
    assert [attempt.why for attempt in attempts].count("done") == 1 and attempts[-1].why == "done"
    assert all(attempt.why for attempt in attempts)
    again = student.start()
    assert again.wait(timeout=600) == 0 and len(read_attempts(student.artifact)) == len(attempts), "nothing runs again"


def note(table: list[Row], fault: str, student: Student) -> None:
    steps, seconds, pause = student.lost()
    endings = ", ".join(str(attempt.why) for attempt in read_attempts(student.artifact))
    table.append((fault, endings, str(len(student.heads)), str(steps), f"{seconds:.1f}", f"{pause:.0f}"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_little_and_changes_nothing(fault: str, cluster, smoke_run, undisturbed, table, tmp_path: Path):
    student = Student.prepare(cluster, tmp_path / "work", smoke_run.work)
    student.start()
    student.wait_for_step(SOME_STEP)
    FAULTS[fault](student)
    if fault == "wall limit announced":
        student.finish()
        attempts = read_attempts(student.artifact)
        assert student.heads == [0] and len({attempt.job for attempt in attempts}) == 1, "no retry is used up"
        assert [attempt.why for attempt in attempts] == ["wall limit", "done"]
        check(student, undisturbed)
        note(table, fault, student)
        return
    if fault != "a second command at the same time" and student.head is not None and student.head.poll() is not None:
        student.start()
    student.finish()
    check(student, undisturbed)
    note(table, fault, student)


def test_two_users_commands_started_at_the_same_time(cluster, smoke_run, undisturbed, table, tmp_path: Path):
    """One of them runs, the other is refused by name; the second user is another one where this test may become it."""
    student = Student.prepare(cluster, tmp_path / "work", smoke_run.work)
    commands = [student.start(prefix=prefix) for prefix in two_users(student)]
    end = time.monotonic() + 600
    while all(command.poll() is None for command in commands):
        assert time.monotonic() < end, student.logs()
        time.sleep(0.2)
    (refused,) = [number for number, command in enumerate(commands) if command.poll() is not None]
    assert commands[refused].returncode != 0
    assert "is run by another command already" in (student.folder / f"head-{refused}.log").read_text()
    student.heads.append(commands[refused].returncode)
    student.head = commands[1 - refused]
    student.finish()
    check(student, undisturbed)
    assert len(read_attempts(student.artifact)) == 1
    note(table, "two users' commands started at the same time", student)


def two_users(student: Student) -> list[tuple[str, ...]]:
    """What stands before each of two users' commands, in a folder that both may write to; one user if not root."""
    shared = ("sh", "-c", 'umask 0; exec "$@"', "sh", "env", f"HOME={student.folder}")
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *shared)
    temporary = [student.folder.parent, *student.folder.parents[1:3], student.cluster.folder.parent]
    for folder in temporary:  # pytest's own, which are closed to others
        folder.chmod(0o755)
    for path in [student.folder, *student.folder.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    files = (ROOT / "Snakefile", student.folder / "site.yaml", student.cluster.folder / "etc" / "slurm.conf")
    seen = subprocess.run(
        [*nobody, sys.executable, "-c", f"[open(name) for name in {[*map(str, files)]}]"], check=False
    )
    return [shared, nobody if seen.returncode == 0 else shared]


def test_the_wall_limit_is_a_normal_event(cluster, smoke_run, undisturbed, table, tmp_path: Path):
    """A training of several wall limits: one command, one job, put back into the queue as often as needed."""
    start_up, step = undisturbed.pace()
    minutes = math.ceil((start_up + 120) / 60)  # the reserve, and time for some steps
    epoch = len(undisturbed.steps()) // EPOCHS
    epochs = math.ceil(2.3 * (60 * minutes - start_up - 30) / step / epoch)
    student = Student.prepare(cluster, tmp_path / "work", smoke_run.work, runtime=minutes, epochs=epochs)
    student.start()
    student.finish()
    attempts = read_attempts(student.artifact)
    whys = [attempt.why for attempt in attempts]
    assert student.heads == [0] and len(whys) > 1 and set(whys[:-1]) == {"wall limit"} and whys[-1] == "done"
    assert len({attempt.job for attempt in attempts}) == 1
    assert student.lost()[0] == 0
    assert [line["step"] for line in student.steps()] == list(range(1, epochs * epoch + 1))
    note(table, f"wall limit of {minutes} minutes in a training of {epochs * epoch} steps", student)


def fill(folder: Path, *, leaving: int) -> None:
    """Take the room of a disk on which checkpoints come and go; what an older one leaves is taken the next time."""
    free = shutil.disk_usage(folder).free
    if free > leaving:
        with (folder / "ballast").open("ab") as stream, contextlib.suppress(OSError):  # a checkpoint was quicker
            os.posix_fallocate(stream.fileno(), stream.tell(), free - leaving)
    time.sleep(0.2)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk(cluster, smoke_run, undisturbed, table, tmp_path: Path):
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", folder], check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        student = Student.prepare(cluster, folder, smoke_run.work)
        student.start()
        student.wait_for_step(SOME_STEP)
        end = time.monotonic() + 300
        while "could not be written" not in (student.artifact / "log.txt").read_text():
            assert time.monotonic() < end, student.logs()
            fill(folder, leaving=30_000_000)
        seen = len(student.steps())
        student.wait_for_step(seen + 12)
        (folder / "ballast").unlink()
        student.finish()
        check(student, undisturbed)
        note(table, "disk full while a checkpoint is written", student)
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


@pytest.mark.skipif(shutil.which("cc") is None, reason="apt-get install gcc")
@pytest.mark.parametrize("days", [2, -2])
def test_a_clock_that_jumps_steals_nothing(days, cluster, smoke_run, undisturbed, table, tmp_path: Path):
    """The second command, with a clock of its own, finds a live job whose signs of life look old or yet to come."""
    student = Student.prepare(cluster, tmp_path / "work", smoke_run.work)
    student.start()
    student.wait_for_step(SOME_STEP)
    assert student.head is not None
    student.head.send_signal(signal.SIGKILL)
    student.head.wait()
    student.heads.append(-9)
    library = tmp_path / "wrong_clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, WRONG_CLOCK, "-ldl"], check=True, timeout=60)
    student.start(prefix=("env", f"LD_PRELOAD={library}", f"CLOCK_SHIFT={days * 86400}"))
    student.finish()
    check(student, undisturbed)
    assert len(read_attempts(student.artifact)) == 1
    note(table, f"head killed, the next one's clock off by {days:+d} days", student)
