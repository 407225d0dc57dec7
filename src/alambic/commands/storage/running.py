"""What experiments that are under way need, whatever became of their files since they started."""

import json
from pathlib import Path

from alambic.commands.storage.folders import user_of
from alambic.errors import UserError
from alambic.jobs import in_progress, slurm
from alambic.jobs.folder_lock import owner_of
from alambic.planning.plan import Plan
from alambic.runtime.whole_file import write_atomically

FILE = "folders.json"


def record_plan(plan: Plan) -> None:
    """Leave word of the artifacts that the head process of `plan` works with; for the workflow, at its start."""
    folder = in_progress.head_folder(plan)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / FILE, json.dumps([str(artifact.folder) for artifact in plan.values()]))


def needed_by_running(queued: dict[str, str]) -> set[Path]:
    """Give the folders of each plan whose head process lives, or of which a job waits or runs.

    Raises UserError where a head lives and left no word of its plan.
    """
    needed: set[Path] = set()
    for head in in_progress.HEADS.glob("*"):
        owner, note = owner_of(head), head / FILE
        if not note.exists():
            if owner is not None:
                raise UserError(
                    f"experiment '{head.name}' is run by {owner}, and what it needs is not known: try later"
                )
            continue
        folders = [Path(name) for name in json.loads(note.read_text(encoding="utf-8"))]
        if owner is not None or any(user_of(folder, queued) for folder in folders):
            needed |= {folder.resolve() for folder in folders}
    return needed


def queued_jobs() -> dict[str, str]:
    """Map fingerprints to the Slurm jobs that wait or run for them. Raises UserError when Slurm does not answer."""
    try:
        return in_progress.queued_jobs_by_fingerprint()
    except slurm.NoAnswer as error:
        raise UserError(f"Slurm does not say which jobs are under way ({error}): try later") from error
