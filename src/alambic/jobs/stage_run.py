"""One run of one stage: check what was planned, compute, vouch for the result."""

import contextlib
import errno
import logging
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alambic.data.artifact import complete, list_files, place_of
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.errors import UserError, redacted
from alambic.jobs.attempts import read_attempts
from alambic.jobs.forecast_file import experiment_of_job
from alambic.jobs.inputs import open_inputs
from alambic.planning import artifact
from alambic.runtime.exit_reason import EarlyExit, ExitReason, ExitReport
from alambic.runtime.parent_death import die_with_parent
from alambic.runtime.processor import cpu_name
from alambic.runtime.unused_libraries import leave_out
from alambic.settings import STAGES, StageSettings, identity

log = logging.getLogger("alambic")

OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")


def run_rank(stage: str, settings: str, inputs: list[str], output: Path) -> None:
    """Be one process of a job: run the stage, and leave a report of how it ended if it failed."""
    die_with_parent()
    _close_standard_input()
    # Slurm may announce the end of the wall time before a training listens; it knows that end anyway.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        run_job(stage, settings, inputs, output)
    except EarlyExit as early:
        ExitReport(early.reason, str(early)).write(output.parent)
        log.warning("%s: %s", early.reason, early)
        sys.exit(early.reason.status)
    except Exception as error:
        text = redacted(str(error)).strip() or type(error).__name__
        report = ExitReport(ExitReason.ERROR, text.splitlines()[0])
        if _lost_its_peers(error):
            report = ExitReport(ExitReason.LOST_RANK, "a rank lost the others, of which one ended first")
        with contextlib.suppress(OSError):  # no space for it: the traceback tells
            report.write(output.parent)
        raise


def _close_standard_input() -> None:
    """Have every question that a library may ask answered by the end of the input: nobody is there to say yes."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _lost_its_peers(error: Exception) -> bool:
    """Tell whether the process group broke under this rank, because another one is gone."""
    return type(error).__name__.startswith("Dist") or any(name in str(error) for name in ("gloo", "NCCL"))


def run_job(stage: str, settings: str, inputs: list[str], output: Path) -> None:
    """Run `stage` and write the manifest `output`; nothing is written when it fails."""
    section = _read_settings(stage, settings)
    manifests = open_inputs(inputs, small_files_only=section.light, reader=output)
    fingerprints = {role: [upstream.fingerprint for _, upstream in artifacts] for role, artifacts in manifests.items()}
    sources = artifact.sources_of(stage, section)
    fingerprint = artifact.fingerprint(stage, section, sources, fingerprints)
    _check_plan(stage, fingerprint, output)

    folder = output.parent
    folder.mkdir(parents=True, exist_ok=True)
    folders = Inputs({role: [path.parent for path, _ in artifacts] for role, artifacts in manifests.items()})
    started_at, clock_start = datetime.now(UTC), time.monotonic()
    log.info("%s starts: %s", stage, folder)
    if not section.needs_network:
        os.environ.update(dict.fromkeys(OFFLINE, "1"))
    leave_out()
    run = import_module(f"alambic.stages.{stage}.run").run  # the only heavy import
    try:
        facts = run(section, folders, folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                f"{stage}: no space left for {folder}: free some (bytes or inodes), then run again"
            ) from error
        raise
    seconds = time.monotonic() - clock_start
    if int(os.environ.get("RANK", "0")) != 0:
        return
    record = Manifest(
        stage=stage,
        item=_item(stage, folder),
        fingerprint=fingerprint,
        settings=redacted(section.model_dump(mode="json")),
        identity=redacted(identity(section)),
        sources=sources,
        inputs=fingerprints,
        facts=redacted(facts),
        files=list_files(folder),
        run={
            "started": started_at.isoformat(timespec="seconds"),
            "seconds": round(seconds, 2),
            "peak_memory_mb": _peak_memory(),
            "commit": _commit(),
            "attempts": max(len(read_attempts(folder)), 1),
            **_where(),
        },
    )
    complete(folder, record)
    log.info("%s done in %.1f s: %s", stage, seconds, folder)


def _read_settings(stage: str, text: str) -> StageSettings:
    try:
        return STAGES[stage].model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"{stage}: --settings is not valid: {error}") from error


def _check_plan(stage: str, fingerprint: str, output: Path) -> None:
    """Refuse to fill a folder named after other code or settings: somebody edited them while the job waited."""
    if output.parent.name != artifact.short(fingerprint):
        raise UserError(
            f"{stage}: {output.parent} was planned for other code or settings, which are now "
            f"{artifact.short(fingerprint)}: start the command again, and it plans anew"
        )


def _item(stage: str, folder: Path) -> str:
    """Read the item's name between the stage and the fingerprint of an artifact's path.

    artifacts/finetune/student/icd/seed1/0123456789abcdef -> student/icd/seed1
    """
    parts = place_of(folder)
    if parts is None:
        parts = folder.absolute().parts[:-1]
    return "/".join(parts[parts.index(stage) + 1 :] if stage in parts else parts[-1:])


def _peak_memory() -> int:
    """Largest resident memory of this process or of its largest child, in MB."""
    usages = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(usages) // 1024


def _commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    try:
        return subprocess.run(command, timeout=10, check=True, **quiet).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _device() -> str:
    """Name the GPU that torch found, where the stage loaded it; else the processor."""
    torch = sys.modules.get("torch")
    return str(torch.cuda.get_device_name()) if torch is not None and torch.cuda.is_available() else cpu_name()


def _where() -> dict[str, Any]:
    slurm = {name: os.environ[name] for name in ("SLURM_JOB_ID", "SLURM_CLUSTER_NAME") if name in os.environ}
    return {
        "host": platform.node(),
        "site": os.environ.get("ALAMBIC_SITE", "local"),
        "python": platform.python_version(),
        "ranks": int(os.environ.get("WORLD_SIZE", "1")),
        **({"threads": int(threads)} if (threads := os.environ.get("OMP_NUM_THREADS", "")).isdigit() else {}),
        "device": _device(),
        **experiment_of_job(),
        **slurm,
    }
