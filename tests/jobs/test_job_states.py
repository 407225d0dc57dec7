"""What is made of Slurm's answers about a head's jobs."""

import pytest

from alambic.jobs import slurm
from alambic.jobs.job_states import MOST_MISSES, JobStates

DRAINED = "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def states(said) -> JobStates:
    return JobStates(said.append)


def test_a_job_is_forgotten_when_slurm_answers_without_it_time_after_time(states):
    seen = []
    for answer in ({}, None, {"7": ("RUNNING", "")}, {}, {}, None, {}):
        states.note(answer)
        seen.append(states.is_forgotten("7"))
    assert seen == [False] * 6 + [True] and MOST_MISSES == 3, "a silence says nothing"


def test_the_database_may_hear_of_a_job_late(states):
    for _ in range(5):
        states.note({}, whole=False)
        assert not states.is_forgotten("7")


def test_a_silence_is_said_once(states, said):
    for answer in (None, None, {}, None):
        states.note(answer)
    assert len(said) == 2


def test_why_a_job_waits_is_said_where_it_is_not_its_turn_that_it_waits_for(states, said, monkeypatch):
    monkeypatch.setattr(slurm, "unavailable_nodes", lambda: {"gpu2": "drain: fan broken"})
    for reason in (
        "None",
        "Priority",
        "(Resources)",
        "",
        "QOSMaxWallDurationPerJobLimit",
        "Priority",
        DRAINED,
        DRAINED,
    ):
        states.note({"7": ("PENDING", reason), "8": ("RUNNING", DRAINED)})
    assert said == [
        "Slurm job 7 waits: QOSMaxWallDurationPerJobLimit",
        f"Slurm job 7 waits: {DRAINED} (nodes that take no jobs: gpu2 drain: fan broken)",
    ]


def test_nodes_that_slurm_does_not_tell_of_stop_nothing(states, said, monkeypatch):
    def silent() -> dict[str, str]:
        raise slurm.NoAnswer("no sinfo")

    monkeypatch.setattr(slurm, "unavailable_nodes", silent)
    states.note({"7": ("PENDING", DRAINED)})
    assert said == [f"Slurm job 7 waits: {DRAINED}"]
