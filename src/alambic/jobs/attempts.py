"""The journal of the attempts at one artifact: which job, which nodes, from which step to which, and why it ended."""

import json
import socket
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alambic.data.metrics_journal import read_journal
from alambic.jobs import slurm
from alambic.runtime.exit_reason import Why
from alambic.runtime.recovery_state import newest_step, resumed

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


def read_attempts(folder: Path) -> list[Attempt]:
    """Read the attempts, each as its last line tells it; a line cut by a kill is passed over."""
    path = folder / FILE
    found: dict[int, Attempt] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
        try:
            attempt = Attempt(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue
        found[attempt.number] = attempt
    return [found[number] for number in sorted(found)]


class Attempts:
    """The journal of `folder`, as its owner writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._close_those_before()

    def begin(self) -> Attempt:
        """Note that an attempt starts."""
        known, job = read_attempts(self.folder), slurm.own_job()
        attempt = Attempt(
            number=known[-1].number + 1 if known else 1,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            job=job,
            nodes=(slurm.nodes_of(job) if job else None) or socket.gethostname(),
            from_step=newest_step(self.folder),
        )
        self._write(attempt)
        self._begun = time.monotonic()
        return attempt

    def end(self, attempt: Attempt, why: Why, detail: str) -> Attempt:
        """Note how it ended."""
        seconds = round(time.monotonic() - self._begun, 1)
        begun_at = resumed(self.folder)
        ended = replace(
            attempt,
            from_step=attempt.from_step if begun_at is None else begun_at,
            to_step=self.step(),
            seconds=seconds,
            why=why.value,
            detail=detail,
        )
        self._write(ended)
        return ended

    def step(self) -> int:
        """The last step that the training's journal tells of; 0 where there is none."""
        return max(read_journal(self.folder), default=0)

    def _close_those_before(self) -> None:
        """An attempt that did not note its end was killed: ask Slurm how."""
        for attempt in read_attempts(self.folder):
            if attempt.why is None:
                why, detail = _post_mortem(attempt)
                self._write(replace(attempt, to_step=self.step(), why=why.value, detail=detail))

    def _write(self, attempt: Attempt) -> None:
        path = self.folder / FILE
        cut = path.exists() and not path.read_bytes().endswith(b"\n")  # by a kill, within a line
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\n" * cut + json.dumps(asdict(attempt)) + "\n")


def _post_mortem(attempt: Attempt) -> tuple[Why, str]:
    state = slurm.end_of(attempt.job) if attempt.job is not None and slurm.present() else None
    known: dict[Any, Why] = {
        "NODE_FAIL": Why.NODE_FAILURE,
        "OUT_OF_MEMORY": Why.OUT_OF_MEMORY,
        "TIMEOUT": Why.WALL_LIMIT,
        "CANCELLED": Why.ASKED_TO_STOP,
        "PREEMPTED": Why.ASKED_TO_STOP,
    }
    told = f"Slurm says {state}" if state else "without a word"
    return known.get(state, Why.LOST_RANK), f"killed with all its processes, {told}"
