"""Work that goes on without its head process: jobs of an earlier command that still wait or run."""

import contextlib
import json
import logging
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from filelock import FileLock

from alambic.data.artifact import is_complete, write_atomically
from alambic.errors import UserError
from alambic.jobs import slurm
from alambic.jobs.folder_lock import FILE, owner_of
from alambic.jobs.supervisor import failed_for_good
from alambic.planning.plan import Plan
from alambic.settings import STAGES

log = logging.getLogger("alambic")

POLL = 5.0
ASK = 60.0  # seconds between two questions to Slurm
# Seconds in which a shared file system shows what a job that has just ended wrote on its node.
LATENCY = 60.0
HEADS = Path(".snakemake/alambic")
QUEUE = Path(".snakemake/alambic-queue.json")


def head_folder(plan: Plan) -> Path:
    """The folder that the one head process of an experiment owns."""
    return HEADS / plan.experiment.name


def work_in_progress(plan: Plan) -> dict[str, str]:
    """Name the unfinished artifacts that somebody is at work on already, each with who it is."""
    unfinished = {name: artifact for name, artifact in plan.items() if not artifact.manifest.exists()}
    queued = _queued()
    workers: dict[str, str] = {}
    for name, artifact in unfinished.items():
        number = queued.get(artifact.folder.name)
        owner = owner_of(artifact.folder) if (artifact.folder / FILE).exists() else None
        if number is not None or owner is not None:
            workers[name] = f"Slurm job {number}" if number is not None else str(owner)
    return workers


def is_retryable(output: Sequence[str]) -> bool:
    """Tell whether a job that failed may succeed when it is tried again; its first output is an artifact's manifest."""
    folder = Path(output[0]).parent if output else Path()
    needs_network = any(STAGES[stage].needs_network for stage in folder.parts[1:2] if stage in STAGES)
    return needs_network or not failed_for_good(folder)


def wait_for(output: Path) -> None:
    """Wait until the artifact of manifest `output` is finished by whoever is at work on it.

    Raises UserError if that work ends without it.
    """
    log.info("waiting for %s, which an earlier command has under way", output.parent)
    asked = seen = time.monotonic()
    while not is_complete(output):
        if time.monotonic() - asked > ASK:
            asked = time.monotonic()
            seen = asked if _is_live(output.parent) else seen
        if time.monotonic() - seen > 2 * ASK + LATENCY:
            raise UserError(f"{output.parent}: the work under way ended without a result: run the same command again")
        time.sleep(POLL)


def _is_live(folder: Path) -> bool:
    try:
        return owner_of(folder) is not None or folder.name in _recent_queue()
    except slurm.NoAnswer as error:  # a busy controller: nothing says that the job has gone
        log.info("Slurm does not say which jobs are under way (%s)", error)
        return True


def _queued() -> dict[str, str]:
    try:
        return queued_jobs_by_fingerprint()
    except slurm.NoAnswer as error:
        log.warning("Slurm does not say which jobs are under way (%s): owners' files alone tell", error)
        return {}


def _recent_queue() -> dict[str, str]:
    """Give the queue of at most ASK seconds ago: all who wait in this folder share one answer."""
    with _queue_lock():
        try:
            if 0 <= time.time() - QUEUE.stat().st_mtime < ASK:
                return dict(json.loads(QUEUE.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            pass
        queue = queued_jobs_by_fingerprint()
        with contextlib.suppress(OSError):  # another user's folder
            write_atomically(QUEUE, json.dumps(queue))
        return queue


@contextlib.contextmanager
def _queue_lock() -> Iterator[None]:
    """Let those who find the answer too old at the same moment wait for the one who asks."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # another user's folder
            held.enter_context(FileLock(QUEUE.with_suffix(".lock")))
        yield


def queued_jobs_by_fingerprint() -> dict[str, str]:
    """Map the short fingerprint that a job of this folder works on to the job's number. Raises slurm.NoAnswer."""
    try:
        jobs = slurm.jobs_of(Path.cwd()) if slurm.is_installed() else []
    except slurm.NotInstalled:
        return {}
    # The executor's comment ends with the wildcards, of which the fingerprint is the last.
    matches = {job.number: re.fullmatch(r"rule_.*_([0-9a-f]{16})", job.comment) for job in jobs}
    return {match.group(1): number for number, match in matches.items() if match is not None}
