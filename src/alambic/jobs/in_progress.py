"""Work that goes on without its head process: jobs of an earlier command that still wait or run."""

import re
from collections.abc import Sequence
from pathlib import Path

from alambic.jobs import slurm
from alambic.jobs.supervisor import failed_for_good
from alambic.planning.plan import Plan
from alambic.settings import STAGES

HEADS = Path(".snakemake/alambic")


def head_folder(plan: Plan) -> Path:
    """The folder that the one head process of an experiment owns."""
    return HEADS / plan.experiment.name


def is_retryable(output: Sequence[str]) -> bool:
    """Tell whether a job that failed may succeed when it is tried again; its first output is an artifact's manifest."""
    folder = Path(output[0]).parent if output else Path()
    needs_network = any(STAGES[stage].needs_network for stage in folder.parts[1:2] if stage in STAGES)
    return needs_network or not failed_for_good(folder)


def queued_jobs_by_fingerprint() -> dict[str, str]:
    """Map the short fingerprint that a job of this folder works on to the job's number. Raises slurm.NoAnswer."""
    try:
        jobs = slurm.jobs_of(Path.cwd()) if slurm.is_installed() else []
    except slurm.NotInstalled:
        return {}
    return {name: job.number for job in jobs if (name := fingerprint_of(job)) is not None}


def fingerprint_of(job: slurm.Job) -> str | None:
    """Give the short fingerprint of the artifact that a job makes, from what the executor wrote with it."""
    # The comment ends with the wildcards, of which the fingerprint is the last.
    match = re.fullmatch(r"rule_.*_([0-9a-f]{16})", job.comment)
    return None if match is None else match.group(1)
