"""A campaign's files, counted: those that each stage really leaves, times what a campaign plans."""

import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from alambic.data.manifest import Manifest
from alambic.planning.plan import Plan
from alambic.settings import read_experiment

LIMIT = 22_000
STUDENTS, TASKS, SEEDS = 20, 8, 5
RECORD = 1  # a file of Snakemake per output
SLURM_FOLDER = 1  # of a job's log, which goes when the job succeeds; its folder goes with the head process


def campaign(smoke: dict) -> dict:
    """Make the campaign out of the smoke experiment: 20 students and their teacher, 8 tasks, 5 seeds."""
    student = smoke["distill"]["student"]
    task = smoke["tasks"]["icd_chapter"]
    students = {f"student{number}": {**student, "seed": number} for number in range(STUDENTS)}
    models = [*students, "e5"]
    return {
        **smoke,
        "distill": students,
        "tasks": {f"task{number}": {**task, "train_limit": 200 + number} for number in range(TASKS)},
        "finetune": {**smoke["finetune"], "models": models, "seeds": list(range(SEEDS))},
        "report": {},
    }


def inodes(place: Path) -> int:
    """Count files, those with two names once, and folders, `place` too: quotas count both."""
    return 1 + len({path.lstat().st_ino for path in place.rglob("*")})


def largest_by_stage(manifests: Iterable[Path]) -> dict[str, int]:
    """Count the inodes beside each manifest; keep the largest count of each stage."""
    found: dict[str, int] = {}
    for path in manifests:
        stage = Manifest.read(path).stage
        found[stage] = max(found.get(stage, 0), inodes(path.parent))
    return found


@pytest.mark.slow
def test_a_campaign_stays_under_the_limit(smoke_run):
    work = smoke_run.work
    plan = Plan(read_experiment(campaign(smoke_run.experiment)))
    planned = Counter(made.stage for made in plan.values())
    assert planned["distill"] == STUDENTS and planned["finetune"] == (STUDENTS + 1) * TASKS * SEEDS

    own = largest_by_stage(work.glob("artifacts/**/manifest.json"))
    tracked = largest_by_stage(work.glob("mlflow/artifacts/*/artifacts/manifest.json"))
    assert own.keys() == tracked.keys() == planned.keys()
    # Beside its folder: MLflow's folder of the run with its copies, Snakemake's record, the folder of Slurm's log.
    each = {stage: own[stage] + 1 + tracked[stage] + RECORD + SLURM_FOLDER for stage in planned}
    by_stage = {stage: count * each[stage] for stage, count in planned.items()}
    above = len({parent for made in plan.values() for parent in made.folder.parents})
    once = sum(inodes(work / name) for name in ("results", ".snakemake")) + len(list(work.glob("mlflow/*")))
    total = sum(by_stage.values()) + above + once
    table = f"{dict(planned)} x {each} = {by_stage}; folders above {above}, once {once}; {total} in all"
    logging.getLogger(__name__).info(table)  # shown by `--log-cli-level=INFO`; docs/how-to/archive.md has it
    assert total < LIMIT, table
