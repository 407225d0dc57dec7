"""How a head gives its jobs to Slurm: each once, when Slurm takes it, and none that somebody is at work on already.

A job is submitted after Slurm has said which jobs are under way. Until it says so, as long as another head's job is at
work, and while Slurm refuses what it would take later, the job waits here: it counts towards `jobs:`, and loses none of
its retries.
"""

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from alambic.data.artifact import is_complete
from alambic.jobs import slurm
from alambic.jobs.folder_lock import FILE, Owner, owner_of
from alambic.jobs.in_progress import fingerprint_of

POLL = 5.0  # seconds between two looks for somebody else's result
ASK = 30.0  # seconds between two questions to Slurm about somebody else's job
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 300.0
SETTLING = 3.0  # seconds after which a controller that answers again has dealt with what reached it before
# The resource by which a site says how long a job may be refused, and the default.
PATIENCE, HOURS = "submission_hours", 48

LIMIT = re.compile(r"\b(?:QOS|Assoc)\w*Submit\w*Limit\b")
OTHER_LIMIT = re.compile(r"\b(?:QOS|Assoc|Partition|Job)\w*Limit\b")
POLICY = "violates accounting/QOS policy"
# Nothing in these says that the job would be refused another time: a full queue, a controller or network in trouble.
FOR_NOW = re.compile(
    r"temporarily unable to accept|Resource temporarily unavailable|Required partition not available"
    r"|Required node not available|Reached job count limit|Too many open files|Slurm controller is busy"
    r"|Unable to contact slurm controller|timed out|not responding|in standby mode|Connection (?:refused|reset)"
    r"|Communication (?:connection|shutdown) failure|Zero Bytes were transmitted|Transport endpoint"
    r"|Socket error|Protocol authentication error|Munge encode failed|configuration source|No route to host",
    re.IGNORECASE,
)


class Head(Protocol):
    """What the head process does with one of its jobs."""

    @property
    def run_name(self) -> str: ...  # noqa: D102

    def submit(self, job: Any) -> None: ...  # noqa: D102
    def adopt(self, job: Any, number: str) -> None: ...  # noqa: D102
    def succeed(self, job: Any) -> None: ...  # noqa: D102
    def fail(self, job: Any, why: str) -> None: ...  # noqa: D102
    def say(self, what: str) -> None: ...  # noqa: D102
    def is_ending(self) -> bool: ...  # noqa: D102
    def allow_failed_nodes(self) -> bool: ...  # noqa: D102


@dataclass
class _Waiting:
    """A job that Slurm has not got yet."""

    head: Head
    job: Any
    since: float  # an answer of Slurm counts that was asked for after it
    pause: float = field(default_factory=lambda: FIRST_PAUSE)
    refused_since: float | None = None
    asked: float = float("-inf")
    reasons: set[str] = field(default_factory=set)
    timer: threading.Timer | None = None

    @property
    def manifest(self) -> Path:
        return Path(self.job.output[0])

    @property
    def hours(self) -> float:
        given = self.job.resources.get(PATIENCE, HOURS)
        return float(given) if isinstance(given, int | float) else HOURS

    def say_once(self, what: str) -> None:
        if what not in self.reasons:
            self.reasons.add(what)
            self.head.say(f"{self.manifest.parent}: {what}")


class Submissions:
    """All the jobs of a head, from the moment that they are ready until Slurm has them."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._numbers: set[str] = set()
        self._hopeless: set[str] = set()
        self._queue, self._asked_at = dict[str, slurm.Job](), float("-inf")
        self._asking = threading.Lock()

    def take(self, head: Head, job: Any) -> None:
        """Take a job that is ready."""
        waiting = _Waiting(head, job, time.monotonic())
        self._waiting[str(job.output[0])] = waiting
        self._later(waiting, 0.0)

    def is_hopeless(self, output: Sequence[str]) -> bool:
        """Tell whether Slurm refused the job of this output in a way that it would repeat."""
        return bool(output) and str(output[0]) in self._hopeless

    def note_submission(self, job: Any, number: str | None) -> None:
        """Note that Slurm has a job."""
        self._waiting.pop(str(job.output[0]), None)
        if number is not None:
            self._numbers.add(number)

    def note_end(self) -> None:
        """Note that a job has ended: the place that it had in Slurm's queue is for the one that was refused first."""
        refused = [
            one for one in list(self._waiting.values()) if one.refused_since is not None and one.timer is not None
        ]
        for first in sorted(refused, key=lambda one: one.refused_since or 0.0)[:1]:
            timer, first.timer = first.timer, None
            if timer is not None and not timer.finished.is_set():
                timer.cancel()
                self._later(first, SETTLING)

    def takes_refusal(self, job: Any, message: str) -> bool:
        """Judge a refusal; True where the job goes on waiting here, False where it has failed."""
        waiting = self._waiting.get(str(job.output[0]))
        if waiting is None:
            return False
        reason = reason_of(message)
        if is_for_now(reason) or ("Requested node" in reason and waiting.head.allow_failed_nodes()):
            return self._wait_for_slurm(waiting, f"Slurm does not take it now ({reason})")
        self._hopeless.add(str(job.output[0]))
        return False

    def _wait_for_slurm(self, waiting: _Waiting, what: str) -> bool:
        now = time.monotonic()
        waiting.refused_since = now if waiting.refused_since is None else waiting.refused_since
        waiting.since = now  # the request may have reached Slurm, though no answer came back
        if now - waiting.refused_since > waiting.hours * 3600:
            self._hopeless.add(str(waiting.manifest))
            return False
        waiting.say_once(f"{what}: tried again for {waiting.hours:g} hours ({PATIENCE} in the site's profile)")
        self._later(waiting, waiting.pause)
        waiting.pause = min(1.5 * waiting.pause, LONGEST_PAUSE)
        return True

    def _later(self, waiting: _Waiting, seconds: float) -> None:
        waiting.timer = threading.Timer(seconds, self._step, [waiting])
        waiting.timer.daemon = True
        waiting.timer.start()

    def _step(self, waiting: _Waiting) -> None:
        waiting.timer = None
        try:
            self._decide(waiting)
        except Exception as error:  # in a thread of its own: the head would wait for ever
            waiting.head.fail(waiting.job, f"not submitted: {type(error).__name__}: {error}")

    def _decide(self, waiting: _Waiting) -> None:
        head, job = waiting.head, waiting.job
        if head.is_ending():
            head.fail(job, "not submitted: this command is ending")
        elif is_complete(waiting.manifest):
            head.succeed(job)
        elif time.monotonic() - waiting.asked < ASK:
            self._later(waiting, POLL)
        else:
            self._ask(waiting)

    def _ask(self, waiting: _Waiting) -> None:
        try:
            queued = self._queued(waiting)
        except slurm.NoAnswer as error:
            if not self._wait_for_slurm(waiting, f"Slurm does not say which jobs are under way ({error})"):
                waiting.head.fail(waiting.job, f"not submitted: Slurm did not answer for {waiting.hours:g} hours")
            return
        folder = waiting.manifest.parent
        owner = owner_of(folder) if (folder / FILE).exists() else None
        if queued is None and owner is None:
            waiting.head.submit(waiting.job)
        elif queued is not None and queued.name == waiting.head.run_name and queued.number not in self._numbers:
            # This head's own, of which Slurm's answer was lost.
            waiting.head.adopt(waiting.job, queued.number)
        else:
            self._wait_for_other(waiting, queued, owner)

    def _wait_for_other(self, waiting: _Waiting, queued: slurm.Job | None, owner: Owner | None) -> None:
        if queued is not None and queued.number in self._numbers:
            waiting.since = time.monotonic()  # this head has seen it fail: it is on its way out
        else:
            who = f"Slurm job {queued.number}" if queued is not None else str(owner)
            waiting.say_once(f"under way ({who}): its result is waited for")
            waiting.asked = time.monotonic()
        self._later(waiting, POLL)

    def _queued(self, waiting: _Waiting) -> slurm.Job | None:
        """The job at work on the same artifact; all who wait share an answer."""
        with self._asking:
            if self._asked_at <= max(waiting.since, time.monotonic() - ASK):
                asked_at = time.monotonic()
                if waiting.refused_since is not None:
                    slurm.jobs_of(Path.cwd())  # the first answer may overtake a request that came before
                    time.sleep(SETTLING)
                    asked_at = time.monotonic()
                jobs = slurm.jobs_of(Path.cwd())
                self._queue = {name: job for job in jobs if (name := fingerprint_of(job)) is not None}
                self._asked_at = asked_at
            return self._queue.get(waiting.manifest.parent.name)


def reason_of(message: str) -> str:
    """Take the words of Slurm out of what the executor makes of a refusal."""
    quoted = re.search(r"The error message was '(.*?)'\.?\n\s*sbatch call:", message, re.DOTALL)
    text = quoted.group(1) if quoted else message
    return "; ".join(line.removeprefix("sbatch: ").strip() for line in text.splitlines() if line.strip())


def is_for_now(reason: str) -> bool:
    """Tell whether Slurm may take later what it refuses with this reason."""
    if LIMIT.search(reason):
        return True
    if OTHER_LIMIT.search(reason):
        return False
    # Without the name of a limit, it may be the one of submitted jobs.
    return POLICY in reason or FOR_NOW.search(reason) is not None
