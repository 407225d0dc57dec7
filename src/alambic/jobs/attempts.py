"""The journal of the attempts at one artifact: which job, which nodes, from which step to which, and why it ended."""

import json
import socket
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alambic.data.energy import Energy
from alambic.data.metrics_journal import read_journal
from alambic.errors import redacted
from alambic.jobs import energy_meter, slurm
from alambic.runtime.exit_reason import ExitReason
from alambic.runtime.recovery_state import newest_step, take_resumed_step
from alambic.runtime.whole_file import append

FILE = "attempts.jsonl"


@dataclass(frozen=True)
class Attempt:
    """One start of an artifact's processes, and its end once it is known."""

    number: int
    started: str
    job: str | None
    nodes: str
    from_step: int  # of the checkpoint that it goes on from
    to_step: int | None = None
    seconds: float | None = None
    why: str | None = None
    detail: str = ""
    energy: dict[str, Any] | None = None  # a record of `alambic.data.energy`


def read_attempts(folder: Path) -> list[Attempt]:
    """Read the attempts, each as its last line tells it; a line cut by a kill is passed over."""
    path = folder / FILE
    attempts: dict[int, Attempt] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
        try:
            attempt = Attempt(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue
        attempts[attempt.number] = attempt
    return [attempts[number] for number in sorted(attempts)]


def energy_of_attempts(attempts: Iterable[Attempt]) -> Energy:
    """Add up what attempts took, those that failed included; one of which nothing is known is named."""
    records = [Energy.read(attempt.energy) for attempt in attempts]
    total = sum((record for record in records if record), Energy())
    unknown = records.count(None)
    return total + Energy(method=f"{unknown} attempts of which nothing is known") if unknown else total


class Attempts:
    """The journal of `folder`, as its owner writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._close_those_before()

    def begin(self) -> Attempt:
        """Write that an attempt starts."""
        earlier, job = read_attempts(self.folder), slurm.current_job()
        attempt = Attempt(
            number=earlier[-1].number + 1 if earlier else 1,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            job=job,
            nodes=(slurm.nodes_of(job) if job else None) or socket.gethostname(),
            from_step=newest_step(self.folder),
        )
        self._write(attempt)
        self._started_at = time.monotonic()
        return attempt

    def end(self, attempt: Attempt, reason: ExitReason, detail: str, energy: Energy | None = None) -> Attempt:
        """Write how it ended, and what it took."""
        seconds = round(time.monotonic() - self._started_at, 1)
        resumed_step = take_resumed_step(self.folder)
        ended = replace(
            attempt,
            from_step=attempt.from_step if resumed_step is None else resumed_step,
            to_step=self.step(),
            seconds=seconds,
            why=reason.value,
            detail=redacted(detail),
            energy=energy.record() if energy else None,
        )
        self._write(ended)
        energy_meter.forget(self.folder)
        return ended

    def step(self) -> int:
        """The last step that the training's journal tells of; 0 where there is none."""
        return max(read_journal(self.folder), default=0)

    def _close_those_before(self) -> None:
        """Close the attempts that did not note their end: they were killed, and Slurm may say how.

        What they took is what was last written of it, some seconds before.
        """
        for attempt in read_attempts(self.folder):
            if attempt.why is None:
                reason, detail = _post_mortem(attempt)
                closed = replace(attempt, to_step=self.step(), why=reason.value, detail=detail)
                if (energy := energy_meter.read_last(self.folder, attempt.number)) is not None:
                    closed = replace(closed, seconds=round(energy.seconds, 1), energy=energy.record())
                self._write(closed)
        energy_meter.forget(self.folder)

    def _write(self, attempt: Attempt) -> None:
        path = self.folder / FILE
        cut = path.exists() and not path.read_bytes().endswith(b"\n")  # by a kill, within a line
        append(path, "\n" * cut + json.dumps(asdict(attempt)) + "\n")


def _post_mortem(attempt: Attempt) -> tuple[ExitReason, str]:
    state = slurm.final_state(attempt.job) if attempt.job is not None and slurm.is_installed() else None
    reasons: dict[Any, ExitReason] = {
        "NODE_FAIL": ExitReason.NODE_FAILURE,
        "OUT_OF_MEMORY": ExitReason.OUT_OF_MEMORY,
        "TIMEOUT": ExitReason.WALL_LIMIT,
        "CANCELLED": ExitReason.ASKED_TO_STOP,
        "PREEMPTED": ExitReason.ASKED_TO_STOP,
    }
    source = f"Slurm says {state}" if state else "without a word"
    return reasons.get(state, ExitReason.LOST_RANK), f"killed with all its processes, {source}"
