"""A training survives whatever ends it: it goes on where it was, with the same data in the same order."""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from damage import flip, halve
from tiny import finish, journal, losses, some, start, supervised, weights

from alambic.jobs.attempts import read_attempts

SLOWLY = {"ALAMBIC_CHECKPOINT_SECONDS": "0", "TINY_PAUSE": "0.1"}
STEPS = 40  # of the tiny training: 8 epochs of 5 batches


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    assert finish(start(folder)) == [0]
    return folder


def wait_for_step(folder, step, *processes):
    end = time.monotonic() + 120
    while not (found := journal(folder)) or found[-1]["step"] < step:
        assert time.monotonic() < end, "no such step in two minutes"
        assert all(process.poll() is None for process in processes), (folder / "rank0.txt").read_text()
        time.sleep(0.02)


def assert_same(folder, undisturbed):
    assert losses(folder) == losses(undisturbed)
    assert weights(folder) == weights(undisturbed)


@pytest.mark.slow
def test_killed_again_and_again_it_ends_bit_for_bit_the_same(undisturbed, tmp_path):
    chance = random.Random(1)
    for step in sorted(chance.sample(range(2, STEPS - 2), 3)):
        number = chance.choice([signal.SIGKILL, signal.SIGTERM])
        (process,) = start(tmp_path, **SLOWLY)
        wait_for_step(tmp_path, step, process)
        time.sleep(chance.random() * 0.2)  # at any instant: within a step, or while a checkpoint is written
        process.send_signal(number)
        # A signal that comes while the attempt is still starting up ends it as it is.
        assert process.wait(timeout=300) in ((75, -signal.SIGTERM) if number == signal.SIGTERM else (-signal.SIGKILL,))
    assert finish(start(tmp_path)) == [0]
    assert "go on after step" in (tmp_path / "rank0.txt").read_text()
    assert_same(tmp_path, undisturbed)


@pytest.mark.parametrize(
    ("stage", "before", "after"), some([(3, 2, 1)], (0, 2, 1), (1, 2, 1), (2, 1, 2), (0, 1, 4), (3, 1, 2))
)
def test_another_number_of_ranks_goes_on_with_what_is_left(undisturbed, tmp_path, stage, before, after):
    options = {"ALAMBIC_ZERO_STAGE": str(stage), "TINY_CONSUMED": str(tmp_path / "consumed.txt")}
    processes = start(tmp_path, ranks=before, **SLOWLY, **options)
    wait_for_step(tmp_path, 12, *processes)
    processes[0].send_signal(signal.SIGTERM)  # one is enough: they agree
    assert finish(processes) == [75] * before
    assert set(finish(start(tmp_path, ranks=after, **options))) == {0}
    # The order of a sum is all that differs: float32, 40 steps.
    assert losses(tmp_path) == pytest.approx(losses(undisturbed), rel=1e-4)
    consumed = Counter((tmp_path / "consumed.txt").read_text().split())
    assert set(consumed.values()) == {8}, "each example once per epoch"


@pytest.mark.parametrize("stage", some([(2,)], (0,), (1,), (3,)))
def test_on_the_same_two_ranks_a_resume_is_exact(tmp_path, stage):
    options = {"ALAMBIC_ZERO_STAGE": str(stage)}
    plain, killed = tmp_path / "plain", tmp_path / "killed"
    assert set(finish(start(plain, ranks=2, **options))) == {0}
    processes = start(killed, ranks=2, **SLOWLY, **options)
    wait_for_step(killed, 12, *processes)
    for process in processes:
        process.kill()
    finish(processes)
    assert set(finish(start(killed, ranks=2, **options))) == {0}
    assert losses(killed) == losses(plain)
    if stage < 3:  # in stage 3 a rank holds no whole weights: the losses tell
        assert weights(killed) == weights(plain)


def damage_newest(folder, how):
    newest = max((folder / ".checkpoints").glob("step*"), key=lambda path: int(path.name[4:])) / "state.safetensors"
    (halve if how == "truncated" else flip)(newest)
    return newest.parent.name


@pytest.mark.parametrize("how", some([("bit flipped",)], ("truncated",)))
def test_a_damaged_checkpoint_is_known_and_the_one_before_serves(undisturbed, tmp_path, how):
    (process,) = start(tmp_path, **SLOWLY)
    wait_for_step(tmp_path, 9, process)
    process.terminate()
    assert finish([process]) == [75]
    name = damage_newest(tmp_path, how)
    assert finish(start(tmp_path)) == [0]
    assert f"{name} is damaged" in (tmp_path / "rank0.txt").read_text()
    assert_same(tmp_path, undisturbed)


def test_a_bad_batch_is_left_out_and_the_rest_is_trained_on(tmp_path):
    process = supervised(tmp_path, TINY_NAN="3", ALAMBIC_CHECKPOINT_SECONDS="0")
    assert process.wait(timeout=300) == 1, "example 3 comes back in each epoch: it is not the batch's fault"
    endings = [attempt.why for attempt in read_attempts(tmp_path)]
    assert endings == ["loss not finite"] * 3 + ["error"]
    assert "lower the learning rate" in (tmp_path / "log.txt").read_text()
    skipped = [line["step"] for line in journal(tmp_path) if line.get("skipped")]
    assert len(skipped) == 3 and len(set(skipped)) == 3


def test_a_rank_that_is_killed_comes_back_in_the_same_job(undisturbed, tmp_path):
    process = supervised(tmp_path, **SLOWLY)
    wait_for_step(tmp_path, 8, process)
    os.kill(rank_of(process), signal.SIGKILL)
    assert process.wait(timeout=300) == 0, (tmp_path / "log.txt").read_text()
    first, last = read_attempts(tmp_path)
    assert (first.why, last.why) == ("lost rank", "done") and last.from_step >= 7 and last.to_step == STEPS
    assert_same(tmp_path, undisturbed)
    assert not (tmp_path / ".owner").exists() and not (tmp_path / ".checkpoints").exists()


def test_a_worker_that_is_killed_while_it_reads_ahead_costs_no_more(undisturbed, tmp_path):
    process = supervised(tmp_path, **SLOWLY, ALAMBIC_DATA_WORKERS="2")
    wait_for_step(tmp_path, 8, process)
    workers = children_of(rank_of(process))
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    assert process.wait(timeout=300) == 0, (tmp_path / "log.txt").read_text()
    first, last = read_attempts(tmp_path)
    assert (first.why, last.why) == ("lost rank", "done") and last.from_step >= 7
    assert "reads ahead was killed" in first.detail and not any(map(is_running, workers))
    assert_same(tmp_path, undisturbed)


def test_too_little_shared_memory_is_an_error_with_its_remedy(tmp_path):
    # The worker has to have work left when the signal comes, on a busy machine too.
    process = supervised(tmp_path, **SLOWLY | {"TINY_PAUSE": "0.5"}, ALAMBIC_DATA_WORKERS="1")
    wait_for_step(tmp_path, 8, process)
    os.kill(children_of(rank_of(process))[0], signal.SIGBUS)
    assert process.wait(timeout=300) == 1
    assert "set `data_workers: 0`" in (tmp_path / "log.txt").read_text()
    assert [attempt.why for attempt in read_attempts(tmp_path)] == ["error"]


def test_a_supervisor_that_is_killed_takes_its_processes_along_and_the_next_goes_on(undisturbed, tmp_path):
    process = supervised(tmp_path, **SLOWLY)
    wait_for_step(tmp_path, 8, process)
    rank = rank_of(process)
    process.kill()
    process.wait()
    end = time.monotonic() + 120
    while is_running(rank):
        assert time.monotonic() < end, "an orphan goes on writing"
        time.sleep(0.1)
    assert supervised(tmp_path).wait(timeout=300) == 0
    assert [attempt.why for attempt in read_attempts(tmp_path)] == ["lost rank", "done"]
    assert "is gone: going on" in (tmp_path / "log.txt").read_text()
    assert_same(tmp_path, undisturbed)


def test_control_c_saves_the_state_of_all_ranks(undisturbed, tmp_path):
    process = supervised(tmp_path, ranks=2, **SLOWLY, ALAMBIC_DATA_WORKERS="1")
    wait_for_step(tmp_path, 8, process)
    os.killpg(process.pid, signal.SIGINT)  # a terminal tells the whole group
    assert process.wait(timeout=300) == 75, (tmp_path / "log.txt").read_text()
    assert [attempt.why for attempt in read_attempts(tmp_path)] == ["asked to stop"]
    assert supervised(tmp_path).wait(timeout=300) == 0
    assert losses(tmp_path) == pytest.approx(losses(undisturbed), rel=1e-4)


def test_two_supervisors_started_together_write_once(undisturbed, tmp_path):
    both = [supervised(tmp_path, **SLOWLY) for _ in range(2)]
    assert [process.wait(timeout=300) for process in both] == [0, 0]
    assert len(read_attempts(tmp_path)) == 1 and "waiting for its result" in (tmp_path / "log.txt").read_text()
    assert_same(tmp_path, undisturbed)


def test_a_hang_is_ended_with_its_stacks_and_goes_on(undisturbed, tmp_path):
    process = supervised(tmp_path, **SLOWLY, ALAMBIC_HANG_SECONDS="4", TINY_HANG="15")
    assert process.wait(timeout=300) == 0, (tmp_path / "log.txt").read_text()
    assert [attempt.why for attempt in read_attempts(tmp_path)] == ["hang", "done"]
    assert "tiny_training.py" in (tmp_path / "log.txt").read_text().split("no step for")[1], "the stacks"
    assert_same(tmp_path, undisturbed)


def test_out_of_memory_halves_the_micro_batch_and_keeps_the_batch(undisturbed, tmp_path):
    process = supervised(tmp_path, **SLOWLY, TINY_MEMORY="5")
    assert process.wait(timeout=300) == 0, (tmp_path / "log.txt").read_text()
    whys = [attempt.why for attempt in read_attempts(tmp_path)]
    assert whys == ["out of memory", "out of memory", "done"]  # 16 -> 8 -> 4 sequences, where 5 fit
    assert losses(tmp_path) == pytest.approx(losses(undisturbed), rel=1e-4)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_costs_checkpoints_not_the_training(undisturbed, tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        (folder / "ballast").write_bytes(b"0" * 44_000)
        (process,) = start(folder, **SLOWLY)
        wait_for_step(folder, 6, process)
        assert "could not be written" in (folder / "rank0.txt").read_text()
        (folder / "ballast").unlink()  # somebody frees space
        assert finish([process]) == [0]
        assert losses(folder) == losses(undisturbed)
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def test_the_end_of_the_wall_time_is_seen_and_the_state_saved(undisturbed, tmp_path):
    (process,) = start(tmp_path, TINY_PAUSE="0.2", ALAMBIC_SECONDS_LEFT="33")
    assert finish([process]) == [74]
    said = json.loads((tmp_path / ".ending").read_text())
    assert said["why"] == "wall limit" and "state saved" in said["detail"]
    assert finish(start(tmp_path)) == [0]
    assert_same(tmp_path, undisturbed)


def test_slurm_s_announcement_of_the_end_is_heard(undisturbed, tmp_path):
    (process,) = start(tmp_path, TINY_PAUSE="0.05")
    wait_for_step(tmp_path, 5, process)
    process.send_signal(signal.SIGUSR1)
    assert finish([process]) == [74]
    assert finish(start(tmp_path)) == [0]
    assert_same(tmp_path, undisturbed)


def rank_of(process):
    """Find the training beneath a supervisor: launch.sh with one rank becomes it."""
    return children_of(process.pid)[0]


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    command = Path(f"/proc/{pid}/cmdline")
    return command.exists() and command.read_text() != ""
