"""How an ending is judged, and what the journal of attempts says of it."""

import json
import signal

import pytest

from alambic.attempts import FILE, Attempt, Attempts, read_attempts
from alambic.deadline import Deadline
from alambic.endings import Ending, Why, take
from alambic.slurm import parse_duration
from alambic.supervise import _judge

SAID = Ending(Why.HANG, "no step")


@pytest.mark.parametrize(
    ("status", "said", "near", "memory", "expected"),
    [
        (0, None, False, False, Why.DONE),
        (1, Ending(Why.ERROR, "x"), False, False, Why.ERROR),
        (1, None, False, False, Why.ERROR),
        (76, SAID, False, False, Why.HANG),
        (137, None, False, False, Why.LOST_RANK),
        (-signal.SIGKILL, None, False, False, Why.LOST_RANK),
        (-signal.SIGKILL, None, False, True, Why.OUT_OF_MEMORY),
        (-signal.SIGTERM, None, False, False, Why.ASKED_TO_STOP),
        (-signal.SIGTERM, None, True, False, Why.WALL_LIMIT),
        (75, Ending(Why.ASKED_TO_STOP, "saved"), True, False, Why.WALL_LIMIT),
        (75, Ending(Why.ASKED_TO_STOP, "saved"), False, False, Why.ASKED_TO_STOP),
    ],
)
def test_an_ending_is_named(status, said, near, memory, expected):
    assert _judge(status, said, near_the_end=near, short_of_memory=memory)[0] is expected


def test_the_first_rank_to_speak_is_heard_once(tmp_path):
    SAID.record(tmp_path)
    Ending(Why.LOST_RANK, "connection closed by peer").record(tmp_path)
    assert take(tmp_path) == SAID and take(tmp_path) is None and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("59:58", 3598), ("1:00:00", 3600), ("2-00:00:01", 172801), ("UNLIMITED", None), ("INVALID", None), ("", None)],
)
def test_slurm_s_durations(text, seconds):
    assert parse_duration(text) == seconds


def test_an_attempt_that_left_no_word_gets_its_end_from_the_next(tmp_path):
    Attempts(tmp_path).begin()
    with (tmp_path / FILE).open("a") as stream:
        stream.write('{"number": 2, "star')  # a line cut by a kill
    (tmp_path / "metrics.jsonl").write_text(json.dumps({"step": 7, "loss": 1.0}) + "\n")
    attempts = Attempts(tmp_path)
    first = read_attempts(tmp_path)[0]
    assert (first.why, first.to_step) == ("lost rank", 7) and "without a word" in first.detail
    second = attempts.end(attempts.begin(), Why.DONE, "")
    assert isinstance(second, Attempt) and [one.number for one in read_attempts(tmp_path)] == [1, 2]


@pytest.mark.parametrize(
    ("variable", "needed", "near"), [("", 1e9, False), ("31", 0.0, False), ("31", 5.0, True), ("1", 0.0, True)]
)
def test_the_wall_time_keeps_a_reserve(monkeypatch, variable, needed, near):
    monkeypatch.setenv("ALAMBIC_SECONDS_LEFT", variable)
    assert Deadline.from_environment().near(needed) is near
