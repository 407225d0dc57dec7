"""Before a run spends much: say what it will take, and ask where that is above the limit of the site's profile."""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from alambic.commands.explain_plan import to_run
from alambic.commands.forecast.site import Site, site_of_run
from alambic.commands.forecast.totals import Forecast, forecast, shown
from alambic.errors import UserError
from alambic.jobs.forecast_file import read_forecast, write_forecast
from alambic.jobs.in_progress import head_folder
from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan

log = logging.getLogger("alambic.commands.forecast")

YES = ("y", "yes", "o", "oui")
FRESH = timedelta(minutes=15)  # of what was expected before a run
ASKED = "forecast-asked.json"  # what `confirm` expected, which the run takes over


def confirm(
    plan: Plan, site: Site, *, yes: bool, ask: Callable[[str], str] = input, terminal: bool | None = None
) -> None:
    """Let a run start, after a question where it is above a limit; UserError where the answer is not yes.

    Where there is no terminal nobody is asked: it is refused, with the remedy.
    """
    limits = site.limits()
    whole = forecast(plan, site, to_run(plan))
    write_forecast(head_folder(plan), as_record(plan, site, whole), ASKED)
    exceeded = whole.exceeded(limits)
    if not exceeded:
        return
    for line in shown(whole):
        sys.stderr.write(line + "\n")
    above = "; ".join(exceeded)
    remedy = f"start it with YES=1 (or `confirm --yes`), or raise {site.limit_place}"
    if yes:
        return
    if not (sys.stdin.isatty() if terminal is None else terminal):
        raise UserError(f"this run is expected to take {above}, and there is no terminal to ask at: {remedy}")
    if ask(f"This run is expected to take {above}. Start it? [y/N] ").strip().lower() not in YES:
        raise UserError(f"not started: {remedy}")


def note_forecast(plan: Plan, command: Sequence[str] = ()) -> None:
    """Write, for the jobs and for the end of the run, what this run is expected to take; no run fails on it.

    `command` holds the words by which Snakemake was started. What `confirm` expected of the same run stays.
    """
    try:
        site = site_of(os.environ.get("ALAMBIC_SITE") or site_of_run(command), command)
        missing = to_run(plan)
        record = read_forecast(head_folder(plan), ASKED)
        if not _is_of(record, plan, site, missing):
            record = as_record(plan, site, forecast(plan, site, missing))
        started = datetime.now(UTC).isoformat(timespec="seconds")
        write_forecast(head_folder(plan), {**record, "started": started})
    except Exception as error:  # whatever it is: what is only expected must not stand in the way of what is wanted
        log.warning("nothing is expected of this run: %s: %s", type(error).__name__, error)


def _is_of(record: Mapping[str, Any], plan: Plan, site: Site, missing: Sequence[Artifact]) -> bool:
    """Tell whether a forecast is that of the same artifacts on the same places, and was made just now."""
    artifacts = record.get("artifacts")
    if not isinstance(artifacts, dict) or artifacts.keys() != {str(artifact.folder) for artifact in missing}:
        return False
    age = datetime.now(UTC) - datetime.fromisoformat(record["started"])
    return record["places"] == _places(site) and age < FRESH


def _places(site: Site) -> dict[str, Any]:
    """Say what of a site and of a run's options a forecast depends on."""
    cores = {stage: share.cores for stage, share in site.shares.items()}
    return {"site": site.name, "cores": site.cores, "jobs": site.jobs, "cores_by_stage": cores}


def as_record(plan: Plan, site: Site, whole: Forecast) -> dict[str, Any]:
    """Lay out a forecast for a file."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "site": whole.site,
        "places": _places(site),
        "wall_seconds": [round(value, 1) for value in whole.wall],
        "kwh": [float(f"{value:.4g}") for value in whole.kwh],
        "artifacts": {
            str(plan[name].folder): {
                "seconds": round(estimate.seconds, 1),
                "kwh": float(f"{estimate.kwh:.4g}"),
                "source": estimate.source,
            }
            for name, estimate in whole.estimates.items()
        },
    }


def site_of(path: str, options: Sequence[str] = ()) -> Site:
    """Read a site for a command, and what the options of a run change of it; without one, this machine's."""
    return Site.read(path or os.environ.get("ALAMBIC_SITE") or "local", options)
