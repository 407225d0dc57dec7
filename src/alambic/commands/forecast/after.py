"""After a run: what was expected of it against what it took."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from alambic.commands.console.running_job import clock
from alambic.data.energy import JOULES, energy_of
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.jobs.attempts import read_attempts
from alambic.jobs.forecast_file import FILE, read_forecast
from alambic.jobs.in_progress import head_folder
from alambic.jobs.slurm import NoAnswer, consumed_joules
from alambic.planning.plan import Plan
from alambic.runtime.whole_file import write_atomically


def compare(plan: Plan) -> Iterator[str]:
    """Write results/<experiment>/forecast.json, and say it in lines; nothing where nothing was expected."""
    expected = read_forecast(head_folder(plan))
    folders = {str(artifact.folder): artifact for artifact in plan.values()}
    made = {folder: folders[folder] for folder in expected.get("artifacts", {}) if folder in folders}
    rows: dict[str, dict[str, Any]] = {}
    joules: dict[str, float] = {}
    for folder, artifact in made.items():
        try:
            run = Manifest.read(artifact.manifest).run
        except UserError:
            continue
        energy = energy_of(run)
        rows[artifact.name] = {
            "expected": expected["artifacts"][folder],
            "seconds": energy.seconds if energy else run.get("seconds"),
            "kwh": energy.kwh if energy else None,
        }
        joules |= _slurm_joules({attempt.job for attempt in read_attempts(artifact.folder) if attempt.job})
    if not rows:
        return
    started = datetime.fromisoformat(expected["started"])
    wall = (datetime.now(UTC) - started).total_seconds()
    sums = {
        key: (sum(row["expected"][key] for row in rows.values()), sum(row[key] or 0.0 for row in rows.values()))
        for key in ("seconds", "kwh")
    }
    content = {
        **{key: expected[key] for key in ("started", "site", "wall_seconds", "kwh")},
        "took": {"wall_seconds": round(wall, 1), **{key: took for key, (_, took) in sums.items()}},
        "slurm_consumed_kwh": sum(joules.values()) / JOULES if joules else None,
        "artifacts": rows,
    }
    write_atomically(plan.results / FILE, json.dumps(content, indent=1) + "\n")
    own, whole = expected["wall_seconds"][0], sums["kwh"]
    yield f"Took {clock(wall)}, {_off(own, wall)} the forecast of {clock(own)}; jobs {_off(*sums['seconds'])} theirs"
    yield f"Energy: {whole[1]:.3g} kWh, {_off(*whole)} the forecast of {whole[0]:.3g} kWh"


def _off(expected: float, took: float) -> str:
    if not expected:
        return "without"
    share = took / expected - 1
    return f"{abs(share):.0%} {'above' if share > 0 else 'below'}"


def _slurm_joules(jobs: set[str]) -> dict[str, float]:
    """Ask Slurm's accounting what it measured of jobs, as a check; whole nodes, where a plug-in counts at all."""
    found: dict[str, float] = {}
    for job in jobs:
        try:
            joules = consumed_joules(job)
        except NoAnswer:
            return {}
        if joules:
            found[job] = joules
    return found
