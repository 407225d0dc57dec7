"""Bring an experiment's artifacts into MLflow as one tree; only this package knows MLflow.

Stages write manifests and journals, and nothing else: no training fails on a tracker, no compute node needs a network.
"""

import logging
import os
import time
from pathlib import Path

from alambic.commands.tracking.store import StoreError
from alambic.commands.tracking.tracker import Tracker
from alambic.errors import UserError, redacted
from alambic.planning.plan import Plan, short
from alambic.runtime.whole_file import write_atomically
from alambic.settings import Experiment

log = logging.getLogger("alambic.commands.tracking")

__all__ = ["Tracker", "track"]


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
    user interrupts. `output` is written when every artifact is finished and tracked; UserError when it cannot be.
    """
    where = uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path('mlflow/mlflow.db').resolve()}"
    try:
        tracker = Tracker(experiment, where)
        while (left := tracker.track(running=follow)) and follow:
            time.sleep(every)
    except KeyboardInterrupt:
        log.info("interrupted; the same command goes on from here")
        return
    except StoreError as error:
        raise UserError(f"{error}{_what_is_safe(experiment)}") from error
    log.info("%d of %d artifacts are in %s", len(tracker.plan) - len(left), len(tracker.plan), redacted(where))
    if output is not None and left:
        raise UserError(f"{len(left)} artifacts are not finished ({left[0]}, ...): run the experiment, then track it")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, "")


def _what_is_safe(experiment: Experiment) -> str:
    """Say what a failure of tracking alone leaves whole."""
    plan = Plan(experiment)
    if not (plan.results / f".published-{short(plan.report.fingerprint)}").exists():
        return "; no artifact is lost by it"
    return f"; the results in {plan.results} are whole, and the same command makes up for what is not tracked"
