"""What reading costs is counted as it is, and whoever reads gives the same."""

import os
import signal

import numpy as np
import pytest
import torch

from alambic.errors import UserError
from alambic.training.batch_loader import BatchLoader
from alambic.training.runtime_options import RuntimeOptions

CPU = torch.device("cpu")


def padded(examples):
    width = max(map(len, examples))
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in examples])
    return {"ids": mask * 7, "mask": mask, "read_mask": mask[:, :1]}


def numbers(found):
    return {"x": torch.tensor(found), "process": torch.tensor(os.getpid())}


def shares(*indices):
    return [(np.array(one), epoch) for epoch, one in enumerate(indices)]


def test_padding_is_counted_over_all_masks():
    reading = BatchLoader(["abcd", "ab", "abc"], padded, None, shares([0, 1], [2]), device=CPU)
    reading.next()  # 6 of 8 tokens, and 2 of 2
    reading.next()  # 3 of 3, and 1 of 1
    facts = reading.facts(1e6)
    assert facts == {"padding": round(1 - 12 / 14, 4), "loading": 0.0}


def test_where_sequences_share_rows_these_are_counted():
    def shared(examples):
        return padded(examples) | {"packed": torch.zeros(1, 7)}

    reading = BatchLoader(["abcd", "ab"], shared, None, shares([0, 1]), device=CPU)
    reading.next()  # 6 of 7, and 2 of 2
    assert reading.facts(1e6)["padding"] == round(1 - 8 / 9, 4)


def test_without_masks_nothing_is_said_of_padding():
    reading = BatchLoader(
        [1.0, 2.0], numbers, lambda one, index, epoch: one + epoch, [(np.array([1, 0]), 3)], device=CPU
    )
    assert reading.next()["x"].tolist() == [5.0, 4.0]
    assert list(reading.facts(reading.seconds)) == ["loading"]
    assert reading.facts(reading.seconds)["loading"] == 1.0


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_any_number_of_workers_gives_the_batches_in_their_order(workers):
    schedule = shares(*([place, place + 1] for place in range(20)))
    state = torch.get_rng_state()
    reading = BatchLoader(
        range(21), numbers, lambda one, index, epoch: 10 * one + epoch, schedule, device=CPU, workers=workers
    )
    found = [reading.next() for _ in schedule]
    assert [batch["x"].tolist() for batch in found] == [[11 * n, 11 * n + 10] for n in range(20)]
    readers = {int(batch["process"]) for batch in found}
    assert len(readers) == max(workers, 1) and (os.getpid() in readers) == (not workers)
    assert torch.equal(torch.get_rng_state(), state), "the training's draws are its own"
    reading.close()
    for reader in readers - {os.getpid()}:
        with pytest.raises(ProcessLookupError):
            os.kill(reader, 0)


def test_what_fails_in_a_worker_fails_here_as_what_it_is():
    reading = BatchLoader([1.0], numbers, None, shares([0], [7]), device=CPU, workers=1)
    assert reading.next()["x"].tolist() == [1.0]
    with pytest.raises(IndexError) as caught:
        reading.next()
    assert "in DataLoader worker process" in str(caught.value)  # left open: this process's end must not wait for it


def test_a_worker_outlives_the_signals_of_its_training():
    reading = BatchLoader(range(100), numbers, None, shares(*([n] for n in range(100))), device=CPU, workers=1)
    worker = int(reading.next()["process"])
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
        os.kill(worker, number)
    assert [int(reading.next()["x"]) for _ in range(10)] == list(range(1, 11))
    reading.close()


@pytest.mark.parametrize(
    ("asked", "threads", "device", "workers"),
    [
        ("auto", 24, "cuda", 4),
        ("auto", 2, "cuda", 1),
        ("auto", 1, "cuda", 0),
        ("auto", 24, "cpu", 0),
        ("3", 1, "cpu", 3),
    ],
)
def test_workers_follow_the_device_and_the_cores_unless_the_site_says(monkeypatch, asked, threads, device, workers):
    monkeypatch.setenv("ALAMBIC_DATA_WORKERS", asked)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert RuntimeOptions.from_environment().workers_for(torch.device(device)) == workers


def test_a_number_of_workers_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("ALAMBIC_DATA_WORKERS", "many")
    with pytest.raises(UserError, match="ALAMBIC_DATA_WORKERS='many': expected a whole number from 0 to 64, or auto"):
        RuntimeOptions.from_environment()
