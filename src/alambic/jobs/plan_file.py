"""What a head process has planned, in one file that its jobs read.

Settings and lists of inputs grow with an experiment, and an argument of a command may not. The file is named by its
content: heads of different experiments, or of one that was edited while jobs wait, have different files.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from alambic import plugins
from alambic.errors import UserError
from alambic.jobs.forecast_file import VARIABLE
from alambic.jobs.in_progress import head_folder
from alambic.planning.plan import Plan
from alambic.runtime.whole_file import write_atomically


def plan_file(plan: Plan) -> Path:
    """Where the file of `plan` is, or will be."""
    return _path(plan, _dump(plan))


def write_plan(plan: Plan) -> Path:
    """Write the file of `plan`, unless it is there."""
    content = _dump(plan)
    path = _path(plan, content)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    return path


def submitted_plan() -> Path | None:
    """Find the file of the head that submitted this job; None where it cannot be told."""
    path = Path(os.environ.get(VARIABLE, ""))
    return path if path.is_file() else None


def read_job(path: Path, output: Path) -> tuple[str, list[str]]:
    """Read the settings, as JSON, and the inputs, as ROLE=MANIFEST, of the artifact whose manifest is `output`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if own := content["experiment"].get("plugins"):
            plugins.use(Path(own))
        job = content["artifacts"].get(str(output.parent))
        if job is not None:
            return json.dumps(job["settings"], ensure_ascii=False), list(job["inputs"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is no plan ({error}): start the command again, and it plans anew") from error
    raise UserError(f"{path} does not plan {output.parent}: start the command again, and it plans anew")


def _path(plan: Plan, content: str) -> Path:
    return head_folder(plan) / f"plan-{hashlib.sha256(content.encode()).hexdigest()[:16]}.json"


def _dump(plan: Plan) -> str:
    content: dict[str, Any] = {"experiment": plan.experiment.model_dump(mode="json", exclude_unset=True)}
    content["artifacts"] = {
        str(artifact.folder): {
            "settings": artifact.settings.model_dump(mode="json"),
            "inputs": [f"{role}={each.manifest}" for role, inputs in artifact.inputs.items() for each in inputs],
        }
        for artifact in plan.values()
    }
    return json.dumps(content, ensure_ascii=False)
