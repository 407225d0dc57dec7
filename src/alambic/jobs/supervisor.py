"""One job: own the artifact's folder, start the stage's processes, judge how they end, and act on it.

The processes compute; this one, which imports nothing heavy and survives them, decides. What it decides by is in
`alambic.runtime.exit_reason` and `alambic.jobs.exit_diagnosis`.
"""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alambic.data import artifact
from alambic.errors import UserError
from alambic.jobs import slurm
from alambic.jobs.attempts import Attempt, Attempts, read_attempts
from alambic.jobs.exit_diagnosis import after_all, judge, kills_for_memory
from alambic.jobs.folder_lock import owning
from alambic.jobs.saved_progress import Kept, kept
from alambic.runtime import deadline, exit_reason, recovery_state
from alambic.runtime.exit_reason import Why
from alambic.runtime.parent_death import die_with_parent

log = logging.getLogger("alambic")

FRUITLESS = 4  # attempts in a row, started again at once, that saved nothing new
PUT_BACK_PATIENCE = 300  # seconds for Slurm to end a job that was put back in the queue
NEAR_THE_END = 90.0  # seconds before the wall limit in which Slurm's SIGTERM means the limit


def supervise(
    command: Sequence[str], output: Path, *, attempt: int = 1, network: bool = False, trains: bool = True
) -> int:
    """Make the artifact of manifest `output` by `command`; return the exit status.

    `attempt` counts the workflow's own retries: one that follows an error of the code or the settings is refused, as
    it would end likewise; not so where the `network` may have been the cause. What `trains` has a micro-batch to halve.
    """
    folder = output.parent
    folder.mkdir(parents=True, exist_ok=True)
    supervisor = _Supervisor(command, output, network=network, trains=trains)
    with owning(folder, finished=lambda: artifact.vouched(output), lost=supervisor.kill) as mine:
        if not mine or artifact.vouched(output):
            log.info("%s is finished already", folder)
            return 0
        if attempt > 1 and not network and failed_for_good(folder):
            raise UserError(f"{folder}: not tried again: the error of the last attempt would come again; see its log")
        status = supervisor.run()
    # The folder has no owner from here on: the next job need not wait for this one's last sign of life.
    return _put_back_in_the_queue(status) if status == Why.WALL_LIMIT.status else status


def failed_for_good(folder: Path) -> bool:
    """Tell whether the last attempt in `folder` ended by an error that would come again."""
    before = read_attempts(folder)
    return bool(before) and before[-1].why == Why.ERROR.value


class _Supervisor:
    def __init__(self, command: Sequence[str], output: Path, *, network: bool, trains: bool) -> None:
        self.command, self.output, self.folder = command, output, output.parent
        self.network, self.trains = network, trains
        self.process: subprocess.Popen[bytes] | None = None
        self.signalled = False

    def run(self) -> int:
        """Start the command, again and again where that helps."""
        with self._passing_signals_on():
            return self._run()

    def _run(self) -> int:
        attempts, fruitless = Attempts(self.folder), 0
        while True:
            attempt, before = attempts.begin(), self._kept()
            why, detail = self._attempt()
            now = self._kept()
            advanced = now.beyond(before)
            why, detail = after_all(why, detail, trains=self.trains, advanced=advanced, left=now != Kept())
            ended = attempts.end(attempt, why, detail)
            self._keep_log(ended, why)
            _say(self.folder, ended, why)
            if why is Why.DONE:
                shutil.rmtree(self.folder / recovery_state.FOLDER, ignore_errors=True)
            if not why.again or self.signalled:
                return Why.ASKED_TO_STOP.status if why.again else why.status
            if why is Why.OUT_OF_MEMORY:
                recovery_state.halve(self.folder)
            fruitless = 0 if advanced else fruitless + 1
            if fruitless >= FRUITLESS:
                log.error("%s: %d attempts in a row saved nothing new: giving up", self.folder, fruitless)
                return 1

    def _kept(self) -> Kept:
        return kept(self.folder, network=self.network)

    def _attempt(self) -> tuple[Why, str]:
        exit_reason.take(self.folder)  # a word that nobody took before
        number = slurm.own_job()
        left = slurm.seconds_left(number) if number is not None else None
        begun, killed = time.monotonic(), kills_for_memory()
        environment = dict(os.environ) if left is None else {**os.environ, deadline.VARIABLE: str(left)}
        self.process = subprocess.Popen(self.command, env=environment, preexec_fn=_begin_child)
        if self.signalled:  # before its start, or between that and this line: nobody passed it on
            self.process.terminate()
        # A training looks at the clock by itself, and needs longer to save.
        stopped = self._stop_after(None if left is None or self.trains else left - deadline.RESERVE)
        said = exit_reason.take(self.folder)
        near = left is not None and time.monotonic() - begun > left - NEAR_THE_END
        return judge(
            self.process.wait(),
            said,
            made=artifact.vouched(self.output),
            told=self.signalled or stopped,
            near_the_end=near,
            short_of_memory=kills_for_memory() > killed,
        )

    def _stop_after(self, seconds: float | None) -> bool:
        """Wait for the processes' end; tell whether it was this one that ended them.

        Slurm puts no job back into the queue whose wall time is over: it must happen before.
        """
        assert self.process is not None
        try:
            self.process.wait(None if seconds is None else max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
            return True
        return False

    @contextmanager
    def _passing_signals_on(self) -> Iterator[None]:
        def pass_on(number: int, frame: Any) -> None:
            self.signalled = self.signalled or number != signal.SIGUSR1
            if self.process is not None and self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM if number == signal.SIGINT else number)

        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
        before = {number: signal.signal(number, pass_on) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep_log(self, ended: Attempt, why: Why) -> None:
        """Keep the log of an attempt that failed: Snakemake removes a log when the job starts again."""
        path = self.folder / "log.txt"
        if why is not Why.DONE and path.exists():
            with contextlib.suppress(OSError):
                shutil.copyfile(path, self.folder / f".log-{ended.number}.txt")

    def kill(self) -> None:
        """End everything at once: the folder is another's."""
        if self.process is not None:
            self.process.kill()
        os._exit(1)


def _put_back_in_the_queue(status: int) -> int:
    """Have Slurm start this job again when it can; without Slurm there is no limit and nobody to ask."""
    number = slurm.own_job()
    if number is None:
        return status
    try:
        slurm.put_back(number)
    except slurm.Silent as error:
        log.warning("job %s cannot go back into the queue (%s): the workflow's retries go on", number, error)
        return status
    time.sleep(PUT_BACK_PATIENCE)
    return status


def _say(folder: Path, ended: Attempt, why: Why) -> None:
    if why is Why.DONE:
        return
    steps = f", after step {ended.to_step}" if ended.to_step else ""
    follows = {
        Why.WALL_LIMIT: "it goes on in the next job",
        Why.ASKED_TO_STOP: "the same command takes it up",
        Why.ERROR: "no repetition would help",
    }.get(why, "starting again at once" if why.again else "the workflow tries again elsewhere")
    log.warning("%s: attempt %d ended: %s%s (%s); %s", folder, ended.number, why, steps, ended.detail, follows)


def _begin_child() -> None:
    """Tie the child's life to this process's, and keep Ctrl-C from it: it is told to stop by SIGTERM, once."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
