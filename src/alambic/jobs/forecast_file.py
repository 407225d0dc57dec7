"""What the head of a run expected of each job, where the job finds it: beside the head's plan."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alambic.runtime.whole_file import write_atomically

VARIABLE = "ALAMBIC_PLAN"  # the file of the head that a job was submitted by
FILE = "forecast.json"
KEY = "forecast"  # of `run` in a manifest
EXPERIMENT = "experiment"  # of it: the one whose run made the artifact


def write_forecast(head: Path, content: Mapping[str, Any], file: str = FILE) -> None:
    """Write what is expected, `artifacts` by their folders among it."""
    head.mkdir(parents=True, exist_ok=True)
    write_atomically(head / file, json.dumps(content, indent=1) + "\n")


def read_forecast(head: Path, file: str = FILE) -> dict[str, Any]:
    """Read it; empty where there is none."""
    try:
        content = json.loads((head / file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def forecast_of(folder: Path) -> dict[str, Any]:
    """Give, for a manifest, what was expected of the artifact that this job makes in `folder`."""
    plan = os.environ.get(VARIABLE, "")
    artifacts = read_forecast(Path(plan).parent).get("artifacts") if plan else None
    expected = artifacts.get(str(folder)) if isinstance(artifacts, dict) else None
    return {KEY: expected} if isinstance(expected, dict) else {}


def experiment_of_job() -> dict[str, str]:
    """Give, for a manifest, the name of the experiment by which this job was planned; empty where it is not known."""
    plan = os.environ.get(VARIABLE, "")
    return {EXPERIMENT: Path(plan).parent.name} if plan else {}
