"""Run an experiment by the jobs' own code, one artifact after the other in this process, in the current folder."""

from typing import Any

from alambic.jobs.stage_run import run_job
from alambic.planning.plan import Plan
from alambic.settings import read_experiment


def run_all(content: dict[str, Any]) -> Plan:
    """Make what is not there yet of an experiment's artifacts; every job reads its inputs as on a cluster."""
    return run_planned(Plan(read_experiment(content)))


def run_planned(plan: Plan) -> Plan:
    """Make what is not there yet of a plan."""
    for artifact in plan.values():
        if not artifact.manifest.exists():
            inputs = [f"{role}={made.manifest}" for role, of in artifact.inputs.items() for made in of]
            run_job(artifact.stage, artifact.settings.model_dump_json(), inputs, artifact.manifest)
    return plan
