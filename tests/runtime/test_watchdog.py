"""The watchdog ends what hangs, and leaves alone what was stopped from outside and goes on."""

from types import SimpleNamespace

import pytest

from alambic.runtime import watchdog
from alambic.runtime.watchdog import FLOOR, Watchdog

PERIOD = 5.0  # between two looks
STOPPED = 3000.0  # by SIGSTOP, which stops the watching thread too: it wakes that much later
HANGING = [PERIOD] * int(2 * FLOOR / PERIOD)


@pytest.mark.parametrize(
    ("naps", "ended"),
    [
        ([PERIOD] * 10, False),
        (HANGING, True),
        ([PERIOD, STOPPED, PERIOD, PERIOD], False),
        ([PERIOD, STOPPED, *HANGING], True),
        ([PERIOD, 2 * PERIOD] * 20, True),  # a busy machine wakes it late, which is no stop
    ],
)
def test_only_silence_of_a_running_process_is_a_hang(naps, ended, monkeypatch, tmp_path):
    clock, left, ends = [0.0], list(naps), []

    def wait(period):
        if not left or ends:
            return True
        clock[0] += left.pop(0)
        return False

    monkeypatch.setattr(watchdog, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    dog = Watchdog(tmp_path)
    monkeypatch.setattr(dog, "_stop", SimpleNamespace(wait=wait))
    monkeypatch.setattr(dog, "_end", ends.append)
    dog.step()
    dog._watch()
    assert bool(ends) is ended
