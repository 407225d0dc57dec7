"""One job: own the artifact's folder, start the stage's processes, diagnose how they end, and act on it.

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

from alambic.data import artifact, checksums
from alambic.data.checksums import Interrupted, Verification
from alambic.data.energy import FAILED, KEY
from alambic.errors import UserError, redacted
from alambic.jobs import slurm
from alambic.jobs.attempts import Attempt, Attempts, energy_of_attempts, read_attempts
from alambic.jobs.energy_meter import Journal, Meter
from alambic.jobs.exit_diagnosis import count_oom_kills, diagnose_exit, reclassify_exit
from alambic.jobs.folder_lock import locked_folder, make_own_folder
from alambic.jobs.forecast_file import forecast_of
from alambic.jobs.inputs import open_inputs
from alambic.jobs.power import Power
from alambic.jobs.saved_progress import SavedProgress, read_saved_progress
from alambic.runtime import deadline, exit_reason, recovery_state
from alambic.runtime.exit_reason import ExitReason
from alambic.runtime.parent_death import die_with_parent
from alambic.runtime.whole_file import replaced

log = logging.getLogger("alambic")

MOST_FRUITLESS = 4  # attempts in a row, started again at once, that saved nothing new
REQUEUE_TIMEOUT = 300  # seconds for Slurm to end a job that was put back in the queue
NEAR_WALL_LIMIT = 90.0  # seconds before the wall limit in which Slurm's SIGTERM means the limit


def supervise(
    command: Sequence[str],
    output: Path,
    *,
    inputs: Sequence[str] = (),
    light: bool = False,
    attempt: int = 1,
    network: bool = False,
    trains: bool = True,
) -> int:
    """Make the artifact of manifest `output` by `command`; return the exit status.

    The `inputs`, as ROLE=MANIFEST, are checked once, before any rank reads them; a `light` stage reads small files.

    `attempt` counts the workflow's own retries: one that follows an error of the code or the settings is refused, as
    it would end in the same way; not so where the `network` may have been the cause. What `trains` has a micro-batch
    to halve.
    """
    folder = output.parent
    make_own_folder(folder)
    supervisor = _Supervisor(command, output, inputs, light=light, network=network, trains=trains)
    with locked_folder(folder, finished=lambda: artifact.is_complete(output), lost=supervisor.kill) as mine:
        if not mine or artifact.is_complete(output):
            log.info("%s is finished already", folder)
            return 0
        if attempt > 1 and not network and failed_for_good(folder):
            raise UserError(f"{folder}: not tried again: the error of the last attempt would come again; see its log")
        status = supervisor.run()
    # The folder has no owner from here on: the next job need not wait for this one's last sign of life.
    return _requeue(status) if status == ExitReason.WALL_LIMIT.status else status


def failed_for_good(folder: Path) -> bool:
    """Tell whether the last attempt in `folder` ended by an error that would come again."""
    before = read_attempts(folder)
    return bool(before) and before[-1].why == ExitReason.ERROR.value


class _Supervisor:
    def __init__(
        self, command: Sequence[str], output: Path, inputs: Sequence[str], *, light: bool, network: bool, trains: bool
    ) -> None:
        self.command, self.output, self.folder = command, output, output.parent
        self.inputs, self.light, self.are_checked = inputs, light, False
        self.power = Power.of_site()
        self.network, self.trains = network, trains
        self.process: subprocess.Popen[bytes] | None = None
        self.signalled = False

    def run(self) -> int:
        """Start the command, again and again where that helps."""
        with self._forwarding_signals():
            return self._run()

    def _run(self) -> int:
        attempts, fruitless = Attempts(self.folder), 0
        while True:
            reason, advanced = self._attempt(attempts)
            if not reason.is_retried_at_once or self.signalled:
                return ExitReason.ASKED_TO_STOP.status if reason.is_retried_at_once else reason.status
            if reason is ExitReason.OUT_OF_MEMORY:
                recovery_state.halve_micro_batch(self.folder)
            fruitless = 0 if advanced else fruitless + 1
            if fruitless >= MOST_FRUITLESS:
                log.error("%s: %d attempts in a row saved nothing new: giving up", self.folder, fruitless)
                return 1

    def _attempt(self, attempts: Attempts) -> tuple[ExitReason, bool]:
        """Run the command once; give why it ended, and whether it saved anything new."""
        meter = Meter.of_job()
        attempt, before = attempts.begin(), self._progress()
        with Journal(self.folder, attempt.number, meter):
            reason, detail = self._check_inputs() or self._run_command()
        after = self._progress()
        advanced, has_progress = after.exceeds(before), after != SavedProgress()
        reason, detail = reclassify_exit(
            reason, detail, trains=self.trains, advanced=advanced, has_progress=has_progress
        )
        ended = attempts.end(attempt, reason, detail, meter.read())
        self._keep_log(ended, reason)
        _log_exit(self.folder, ended, reason)
        if reason is ExitReason.DONE:
            shutil.rmtree(self.folder / recovery_state.FOLDER, ignore_errors=True)
            self._record_energy()
        return reason, advanced

    def _record_energy(self) -> None:
        """Add to the manifest what all attempts took: rank 0, which wrote it, knows of itself only."""
        attempts = read_attempts(self.folder)
        total, failed = energy_of_attempts(attempts), energy_of_attempts(attempts[:-1])
        record = {**total.record(), FAILED: failed.record()["kwh"], **self.power.figures()}
        try:
            artifact.amend_run(self.output, {KEY: record, **forecast_of(self.folder)})
        except (OSError, UserError) as error:  # the result is whole without it
            log.warning("%s: its energy is not recorded: %s", self.folder, error)

    def _progress(self) -> SavedProgress:
        return read_saved_progress(self.folder, network=self.network)

    def _check_inputs(self) -> tuple[ExitReason, str] | None:
        """Check what is read, at the first attempt; give why there is none if it is not as it was made."""
        if self.are_checked:
            return None
        try:
            open_inputs(self.inputs, small_files_only=self.light, reader=self.output, is_stopped=lambda: self.signalled)
        except UserError as error:
            log.error("%s", error)
            return ExitReason.ERROR, redacted(str(error)).splitlines()[0]
        except Interrupted:
            return ExitReason.ASKED_TO_STOP, "while its inputs were checked"
        self.are_checked = True
        return None

    def _run_command(self) -> tuple[ExitReason, str]:
        exit_reason.take_report(self.folder)  # one that nobody took before
        job = slurm.current_job()
        seconds_left = slurm.seconds_left(job) if job is not None else None
        started_at, killed = time.monotonic(), count_oom_kills()
        environment = {**os.environ, checksums.VARIABLE: Verification.SIZES.value}  # the contents were checked here
        if seconds_left is not None:
            environment[deadline.VARIABLE] = str(seconds_left)
        self.process = subprocess.Popen(
            self.command, env=environment, stdin=subprocess.DEVNULL, preexec_fn=_begin_child
        )
        if self.signalled:  # before its start, or between that and this line: nobody forwarded it
            self.process.terminate()
        # A training looks at the clock by itself, and needs longer to save.
        stopped = self._stop_after(None if seconds_left is None or self.trains else seconds_left - deadline.RESERVE)
        report = exit_reason.take_report(self.folder)
        near_wall_limit = seconds_left is not None and time.monotonic() - started_at > seconds_left - NEAR_WALL_LIMIT
        return diagnose_exit(
            self.process.wait(),
            report,
            finished=artifact.is_complete(self.output),
            was_signalled=self.signalled or stopped,
            near_wall_limit=near_wall_limit,
            out_of_memory=count_oom_kills() > killed,
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
    def _forwarding_signals(self) -> Iterator[None]:
        def forward(number: int, frame: Any) -> None:
            self.signalled = self.signalled or number != signal.SIGUSR1
            if self.process is not None and self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM if number == signal.SIGINT else number)

        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
        before = {number: signal.signal(number, forward) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep_log(self, ended: Attempt, reason: ExitReason) -> None:
        """Keep the log of an attempt that failed: Snakemake removes a log when the job starts again."""
        path = self.folder / "log.txt"
        if reason is not ExitReason.DONE and path.exists():
            with contextlib.suppress(OSError), replaced(self.folder / f".log-{ended.number}.txt") as stream:
                stream.write(path.read_bytes())

    def kill(self) -> None:
        """End everything at once: the folder is another's."""
        if self.process is not None:
            self.process.kill()
        os._exit(1)


def _requeue(status: int) -> int:
    """Have Slurm start this job again when it can; without Slurm there is no limit and nobody to ask."""
    job = slurm.current_job()
    if job is None:
        return status
    try:
        slurm.requeue(job)
    except slurm.NoAnswer as error:
        log.warning("job %s cannot go back into the queue (%s): the workflow's retries go on", job, error)
        return status
    time.sleep(REQUEUE_TIMEOUT)
    return status


def _log_exit(folder: Path, ended: Attempt, reason: ExitReason) -> None:
    if reason is ExitReason.DONE:
        return
    steps = f", after step {ended.to_step}" if ended.to_step else ""
    what_follows = {
        ExitReason.WALL_LIMIT: "it goes on in the next job",
        ExitReason.ASKED_TO_STOP: "the same command takes it up",
        ExitReason.ERROR: "no repetition would help",
    }.get(reason, "starting again at once" if reason.is_retried_at_once else "the workflow tries again elsewhere")
    log.warning("%s: attempt %d ended: %s%s (%s); %s", folder, ended.number, reason, steps, ended.detail, what_follows)


def _begin_child() -> None:
    """Tie the child's life to this process's, and keep Ctrl-C from it: it is stopped by SIGTERM, once."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
