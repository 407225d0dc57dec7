"""Bring an experiment's artifacts into MLflow as one tree; only this package knows MLflow.

Stages write manifests and journals, and nothing else: no training fails on a tracker, no compute node needs a network.
"""

import logging
import time
from pathlib import Path

from alambic.commands.tracking.store import StoreError, address_of
from alambic.commands.tracking.tracker import Tracker
from alambic.errors import UserError, redacted
from alambic.planning.artifact import short
from alambic.planning.plan import Plan
from alambic.runtime.whole_file import write_atomically
from alambic.settings import Experiment

log = logging.getLogger("alambic.commands.tracking")

__all__ = ["Tracker", "forget_failed_stamps", "track"]

NOT_TRACKED = "not tracked"
LONGEST_PAUSE = 300.0  # seconds between two looks of a follower at a store that does not answer


def track(
    experiment: Experiment,
    *,
    uri: str | None = None,
    follow: bool = False,
    output: Path | None = None,
    every: float = 5.0,
) -> None:
    """Make each finished artifact of `experiment` a run under the experiment's own run.

    With `follow`, running jobs become runs too, whose curves grow every so many seconds, until all is finished or the
    user interrupts; a store that does not answer is then asked again, with growing pauses. `output`, the stamp of a
    workflow, is written when every artifact is finished, UserError before; where the store does not answer it says so
    within, for no run fails on its tracker.
    """
    where = address_of(uri)
    try:
        left = _follow(experiment, where, every) if follow else Tracker(experiment, where).track(running=False)
    except KeyboardInterrupt:
        log.info("interrupted; the same command goes on from here")
        return
    except StoreError as error:
        if output is None:
            raise UserError(f"{error}{_what_is_safe(experiment)}") from error
        log.warning("NOT TRACKED: %s%s; the next run tries again", error, _what_is_safe(experiment))
        _stamp(output, f"{NOT_TRACKED}: {error}\n")
        return
    planned = len(Plan(experiment))
    log.info("%d of %d artifacts are in %s", planned - len(left), planned, redacted(where))
    if output is not None and left:
        raise UserError(f"{len(left)} artifacts are not finished ({left[0]}, ...): run the experiment, then track it")
    if output is not None:
        _stamp(output, "")


def _follow(experiment: Experiment, where: str, every: float) -> list[str]:
    """Track until all is finished, whatever the store says meanwhile."""
    tracker: Tracker | None = None
    pause = every
    while True:
        try:
            tracker = tracker or Tracker(experiment, where)
            if not tracker.track(running=True):
                return []
            pause = every
        except StoreError as error:
            log.warning("%s; tried again in %.0f s", error, pause)
            tracker, pause = None, min(2 * pause, LONGEST_PAUSE)
        time.sleep(pause)


def forget_failed_stamps(folder: Path) -> None:
    """Remove the stamps of runs that could not be tracked, so that a workflow tracks them anew."""
    for stamp in folder.glob(".tracked-*"):
        if stamp.stat().st_size:
            stamp.unlink(missing_ok=True)


def _stamp(output: Path, text: str) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, text)


def _what_is_safe(experiment: Experiment) -> str:
    """Say what a failure of tracking alone leaves whole."""
    plan = Plan(experiment)
    if not (plan.results / f".published-{short(plan.report.fingerprint)}").exists():
        return "; no artifact is lost by it"
    return f"; the results in {plan.results} are whole, and the same command makes up for what is not tracked"
