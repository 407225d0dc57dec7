"""The tracker beside a running workflow: curves are in MLflow while models train."""

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path

from alambic.runtime.parent_death import die_with_parent

LIVE = "ALAMBIC_LIVE"  # `no` leaves tracking to the end of a run
NICENESS = 10  # it gives way to what computes

log = logging.getLogger("alambic.commands.tracking")


def start_follower(experiment: str, log_file: Path) -> subprocess.Popen[bytes] | None:
    """Track an experiment while this process lives; what the tracker says goes to `log_file`.

    None where the user wants none, or where it cannot be started: no run fails on its tracker.
    """
    if os.environ.get(LIVE, "").lower() in ("no", "0", "false", "off"):
        return None
    command = [sys.executable, "-m", "alambic", "track", experiment, "--follow"]
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("wb") as stream:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, preexec_fn=_humble, process_group=0
            )
    except OSError as error:
        log.warning("no curves while it runs (%s): the end of the run tracks what is finished", error)
        return None


def stop_follower(follower: "subprocess.Popen[bytes] | None") -> None:
    """End it; what it had under way is completed by the next tracker."""
    if follower is not None and follower.poll() is None:
        follower.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            follower.wait(timeout=20)


def _humble() -> None:
    die_with_parent()
    os.nice(NICENESS)
