"""When a long job writes, waits, and makes ready for its end."""

import pytest

from alambic.runtime import progress, waiting
from alambic.runtime.deadline import OF_A_PART, OF_A_STEP, RESERVE, Deadline
from alambic.runtime.progress import SECONDS_PER_LINE, Progress


def test_a_line_is_due_now_and_then(monkeypatch):
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    clock = Progress()
    assert not clock.is_due()
    now += SECONDS_PER_LINE + 1
    assert [clock.is_due(), clock.is_due()] == [True, False]


def test_waiting_ends_when_the_others_are_done(monkeypatch):
    monkeypatch.setattr(waiting, "POLL", 0.0)
    looks = iter([False, False, True])
    waiting.wait_until(lambda: next(looks))
    assert list(looks) == []


@pytest.mark.parametrize(("spare", "goes_on"), [(60, True), (-60, False)])
def test_a_job_goes_on_while_time_is_left_for_more(spare, goes_on):
    assert Deadline(RESERVE + OF_A_PART * 100 + spare).leaves_time_for_part(100) is goes_on
    assert Deadline(RESERVE + OF_A_STEP * 100 + spare).leaves_time_for_step(20, 80) is goes_on
    assert Deadline(None).leaves_time_for_part(100)
