"""Processes beside this one work on things, and nothing is lost, doubled or out of order."""

import os
import signal
import time

import numpy as np
import pytest

from alambic.batched import batched
from alambic.data.worker_pool import AT_ONCE, BATCHES, parallel_map
from alambic.errors import UserError
from alambic.models.token_offsets import trimmed_ends
from alambic.runtime.exit_reason import EarlyExit, ExitReason


def some(number):
    """Give as many as the thing says, of which large ones take longer."""
    time.sleep(0.001 * (number % 3))
    return [(number, place, os.getpid()) for place in range(number % 4)]


@pytest.mark.parametrize("processes", [0, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 20 * AT_ONCE + 1])
def test_what_comes_of_things_is_in_their_order(processes, count):
    found = list(parallel_map(some, range(count), processes=processes))
    assert [one[:2] for one in found] == [(n, place) for n in range(count) for place in range(n % 4)]
    workers = {one[2] for one in found}
    assert workers <= {os.getpid()} if processes < 2 else os.getpid() not in workers
    if processes > 1 and count > 10 * AT_ONCE:
        assert len(workers) > 1


def test_things_are_taken_no_further_ahead_than_memory_allows():
    taken = []
    things = (taken.append(n) or n for n in range(100 * AT_ONCE))
    found = parallel_map(lambda n: [n], things, processes=2)
    for _ in range(3):
        next(found)
    assert len(taken) <= 2 * BATCHES * AT_ONCE
    found.close()  # ends its processes


def refuse(number):
    if number == 70:
        raise UserError("thing 70 is bad")
    return [number]


def test_what_the_work_raises_is_raised_here():
    with pytest.raises(UserError, match="thing 70"):
        list(parallel_map(refuse, range(200), processes=2))


def die(number):
    if number == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return [number]


def test_a_killed_process_ends_the_attempt_and_not_the_job():
    with pytest.raises(EarlyExit, match="was killed") as end:
        list(parallel_map(die, range(500), processes=2))
    assert end.value.reason is ExitReason.LOST_RANK


def trimmed_one_by_one(text, offsets):
    found = []
    for begin, end in offsets:
        while end > begin and text[end - 1].isspace():
            end -= 1
        found.append(end)
    return found


def test_ends_are_trimmed_as_they_would_be_one_by_one():
    draws = np.random.default_rng(0)
    for _ in range(300):
        text = "".join(draws.choice(list("ab \u00a0\u2003\nçé"), size=draws.integers(0, 30)))
        cuts = np.sort(draws.integers(0, len(text) + 1, size=(draws.integers(0, 12), 2)), axis=1)
        assert trimmed_ends(text, cuts).tolist() == trimmed_one_by_one(text, cuts)
    for batch in batched([(0, 0), (3, 3)], 1):  # tokens that stand for no text
        assert trimmed_ends("a b", np.array(batch)).tolist() == [batch[0][1]]
