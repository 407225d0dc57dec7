"""Before a run spends much: say what it will take, and ask where that is above the limit of the site's profile."""

import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from alambic.commands.forecast.site import LIMIT, Site
from alambic.commands.forecast.totals import Forecast, forecast, shown
from alambic.errors import UserError
from alambic.jobs.forecast_file import write_forecast
from alambic.jobs.in_progress import head_folder
from alambic.planning.plan import Plan

log = logging.getLogger("alambic.commands.forecast")

YES = ("y", "yes", "o", "oui")


def confirm(
    plan: Plan, site: Site, *, yes: bool, ask: Callable[[str], str] = input, terminal: bool | None = None
) -> None:
    """Let a run start, after a question where it is above a limit; UserError where the answer is not yes.

    Where there is no terminal nobody is asked: it is refused, with the remedy.
    """
    whole = forecast(plan, site)
    exceeded = whole.exceeded(site.limits())
    if not exceeded:
        return
    for line in shown(whole):
        sys.stderr.write(line + "\n")
    above = "; ".join(exceeded)
    remedy = f"start it with YES=1 (or `confirm --yes`), or raise `{LIMIT}` in {site.profile.path}"
    if yes:
        return
    if not (sys.stdin.isatty() if terminal is None else terminal):
        raise UserError(f"this run is expected to take {above}, and there is no terminal to ask at: {remedy}")
    if ask(f"This run is expected to take {above}. Start it? [y/N] ").strip().lower() not in YES:
        raise UserError(f"not started: {remedy}")


def note_forecast(plan: Plan) -> None:
    """Write, for the jobs and for the end of the run, what this run is expected to take; no run fails on it."""
    try:
        site = site_of("")
        write_forecast(head_folder(plan), as_record(plan, forecast(plan, site)))
    except Exception as error:  # whatever it is: what is only told must not stand in the way of what is wanted
        log.warning("nothing is expected of this run: %s: %s", type(error).__name__, error)


def as_record(plan: Plan, whole: Forecast) -> dict[str, Any]:
    """Lay out a forecast for a file."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "site": whole.site,
        "wall_seconds": [round(value, 1) for value in (whole.wall.expected, whole.wall.low, whole.wall.high)],
        "kwh": [float(f"{value:.4g}") for value in (whole.kwh.expected, whole.kwh.low, whole.kwh.high)],
        "artifacts": {
            str(plan[name].folder): {
                "seconds": round(estimate.seconds, 1),
                "kwh": float(f"{estimate.kwh:.4g}"),
                "source": estimate.source,
            }
            for name, estimate in whole.estimates.items()
        },
    }


def site_of(path: str) -> Site:
    """Read a site for a command; without one, this machine's."""
    return Site.read(path or os.environ.get("ALAMBIC_SITE") or "local")
