"""The state of a run, as Snakemake tells it, and how it is shown."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alambic.commands.console.durations import expected
from alambic.commands.console.failure import why_it_failed
from alambic.commands.console.running_job import RunningJob, clock


@dataclass
class Board:
    """Which jobs there are, run, are finished and failed."""

    earlier: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    wanted: Counter[str] = field(default_factory=Counter)  # jobs by stage, when the run began
    running: dict[int, RunningJob] = field(default_factory=dict)
    finished: list[tuple[RunningJob, float]] = field(default_factory=list)
    failed: dict[int, RunningJob] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def start(self, number: int, stage: str, item: str, folder: Path | None, log: Path | None) -> RunningJob:
        """Take up a job; one that failed before is tried again."""
        self.failed.pop(number, None)
        self.running[number] = RunningJob(stage, item, folder, log)
        return self.running[number]

    def finish(self, number: int) -> RunningJob | None:
        """Note that a job is done."""
        job = self.running.pop(number, None)
        if job is not None:
            self.finished.append((job, job.seconds))
        return job

    def fail(self, number: int) -> RunningJob | None:
        """Note that a job failed; None where that is known."""
        job = self.running.pop(number, None)
        if job is not None:
            self.failed[number] = job
        return job

    def seconds_left(self) -> float | None:
        """Estimate the rest of the run by what stages took before on this machine; None where too little is known."""
        known = self._known()
        work, unknown = 0.0, 0
        for job in self.running.values():
            left = job.left(expected(job.stage, job.item, known))
            work, unknown = work + (left or 0.0), unknown + (left is None)
        for stage, count in self._waiting().items():
            seconds = expected(stage, "", known)
            work, unknown = work + count * (seconds or 0.0), unknown + count * (seconds is None)
        return None if unknown else work / self._at_once()

    def line(self) -> str:
        """Say in a line how far the run is."""
        known, left = self._known(), self.seconds_left()
        parts = [f"{len(self.finished)} of {self.wanted.total()} done"]
        parts += [f"{len(self.failed)} failed"] * bool(self.failed)
        parts.append(f"about {clock(left)} left" if left is not None else clock(time.monotonic() - self.started))
        jobs = sorted(self.running.values(), key=lambda job: job.started)
        parts += [job.shown(expected(job.stage, job.item, known)) for job in jobs]
        return " | ".join(parts)

    def failures(self) -> Iterator[str]:
        """Tell each failure once: the item, why with the remedy, its log; then what follows."""
        by_message: dict[tuple[str, ...], list[RunningJob]] = {}
        for job in self.failed.values():
            by_message.setdefault(tuple(why_it_failed(job.folder, job.log)), []).append(job)
        for message, jobs in by_message.items():
            yield "failed: " + ", ".join(job.name for job in jobs)
            yield from (f"  {line}" for line in message)
            yield f"  log: {jobs[0].log}" + (f" and {len(jobs) - 1} more" if len(jobs) > 1 else "")
        if by_message:
            waiting = self.wanted.total() - len(self.finished) - len(self.failed)
            yield f"{len(self.finished)} of {self.wanted.total()} are done and kept; {waiting} wait for what failed."
            yield "Once it is mended, the same command goes on."

    def _known(self) -> dict[str, dict[str, float]]:
        """Give what is known of durations, this run's own included."""
        known = {stage: dict(items) for stage, items in self.earlier.items()}
        for job, seconds in self.finished:
            known.setdefault(job.stage, {})[job.item] = seconds
        return known

    def _waiting(self) -> Counter[str]:
        begun = [*self.running.values(), *self.failed.values(), *(job for job, _ in self.finished)]
        return self.wanted - Counter(job.stage for job in begun)

    def _at_once(self) -> float:
        """Give how many jobs go on at once: as in this run, or as many as there are cores before one has ended."""
        elapsed = time.monotonic() - self.started
        worked = sum(seconds for _, seconds in self.finished) + sum(job.seconds for job in self.running.values())
        return max(worked / elapsed, 1.0) if self.finished and elapsed > 0 else float(os.cpu_count() or 1)
