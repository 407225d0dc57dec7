"""The loop's arithmetic does not depend on ranks or micro-batches, and a killed training goes on where it was."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("tiny_training.py")


def start(folder, *, ranks=1, **environment):
    """Start the ranks of a tiny training; each writes its own log."""
    folder.mkdir(exist_ok=True)
    port = str(20000 + os.getpid() % 20000)
    processes = []
    for rank in range(ranks):
        places = {
            "RANK": rank,
            "WORLD_SIZE": ranks,
            "LOCAL_RANK": rank,
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
        }
        env = {**os.environ, **environment, **({k: str(v) for k, v in places.items()} if ranks > 1 else {})}
        log = (folder / f"rank{rank}.txt").open("a")
        processes.append(subprocess.Popen([sys.executable, PROGRAM, folder], env=env, stdout=log, stderr=log))
    return processes


def finish(processes):
    for process in processes:
        process.wait(timeout=300)
    return [process.returncode for process in processes]


def journal(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    assert finish(start(folder)) == [0]
    return folder


@pytest.mark.parametrize(
    ("ranks", "environment"),
    [(2, {}), (3, {}), (1, {"ALAMBIC_MICRO_BATCH": "5"}), (2, {"ALAMBIC_ZERO_STAGE": "2"})],
    ids=["2 ranks", "3 ranks", "micro-batches of 5", "2 ranks, ZeRO 2"],
)
def test_the_batch_is_global(undisturbed, tmp_path, ranks, environment):
    assert set(finish(start(tmp_path, ranks=ranks, **environment))) == {0}
    losses = [line["loss"] for line in journal(tmp_path)]
    assert losses == pytest.approx([line["loss"] for line in journal(undisturbed)], rel=1e-4)


def test_a_training_learns(undisturbed):
    losses = [line["loss"] for line in journal(undisturbed)]
    assert sum(losses[-5:]) < sum(losses[:5]) / 2
    assert not (undisturbed / ".checkpoints").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "asked to stop"])
def test_a_killed_training_goes_on_bit_for_bit(undisturbed, tmp_path, number):
    slow = {"ALAMBIC_CHECKPOINT_SECONDS": "0", "TINY_PAUSE": "0.05"}
    (process,) = start(tmp_path, **slow)
    while not (tmp_path / "metrics.jsonl").exists() or len(journal(tmp_path)) < 7:
        assert process.poll() is None, (tmp_path / "rank0.txt").read_text()
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(timeout=300) == (75 if number == signal.SIGTERM else -signal.SIGKILL)
    assert finish(start(tmp_path)) == [0]
    assert "go on after step" in (tmp_path / "rank0.txt").read_text()
    assert [line["loss"] for line in journal(tmp_path)] == [line["loss"] for line in journal(undisturbed)]
    assert (tmp_path / "weights.txt").read_text() == (undisturbed / "weights.txt").read_text()


def test_a_loss_that_is_not_a_number_stops_with_the_remedy(tmp_path):
    assert finish(start(tmp_path, TINY_NAN="1")) == [1]
    assert "lower the learning rate" in (tmp_path / "rank0.txt").read_text()
