"""What no experiment refers to, and what work left behind: listed, and removed when asked."""

import contextlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alambic.commands.storage.folders import (
    TRASH,
    DiskUsage,
    artifact_folders,
    disk_usage,
    is_finished,
    user_of,
)
from alambic.commands.storage.records import stale_records
from alambic.commands.storage.running import needed_by_running, queued_jobs
from alambic.data import archive_pointer
from alambic.data.archive_pointer import Pointer
from alambic.data.artifact import ASIDE, TWIN, bears_fingerprint
from alambic.errors import UserError
from alambic.planning.artifact import ARTIFACTS
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import EXPERIMENTS, load_experiment

log = logging.getLogger("alambic.commands.storage")

# Hidden names next to a finished manifest are state of the work that made it, but for these.
KEPT = {TWIN, archive_pointer.FILE}


@dataclass(frozen=True)
class Leftover:
    """A folder or file that takes space."""

    path: Path
    why: str
    removable: bool
    usage: DiskUsage = field(default_factory=DiskUsage)

    def __str__(self) -> str:
        """Show it on one line."""
        return f"{'remove' if self.removable else 'keep'}  {self.path}  {self.usage}: {self.why}"


def list_leftovers(experiments: Sequence[str]) -> list[Leftover]:
    """List what could go, and what would have to stay although no experiment or no manifest speaks for it.

    `experiments` are names or paths; without any, all under config/experiments. Raises UserError if one of them cannot
    be read or planned: what it refers to would count as referred to by nobody.
    """
    referred = _referred_to(experiments or sorted(str(path) for path in EXPERIMENTS.glob("*.yaml")))
    if not ARTIFACTS.is_dir():
        raise UserError(f"no folder '{ARTIFACTS}' here: run this where the workflow runs")
    queued = queued_jobs()
    referred |= needed_by_running(queued)
    leftovers = [
        leftover
        for folder in artifact_folders(ARTIFACTS)
        for leftover in _leftovers_of(folder, _original(folder).resolve() in referred, queued)
    ]
    return leftovers + [
        Leftover(path, "Snakemake's record of a file that is gone", True, disk_usage(path)) for path in stale_records()
    ]


def _referred_to(experiments: Sequence[str]) -> set[Path]:
    if not experiments:
        raise UserError(f"no experiment in {EXPERIMENTS}: name one, or everything would count as unused")
    referred: set[Path] = set()
    for name in experiments:
        try:
            plan = Plan(load_experiment(name))
        except (UserError, OSError, UnicodeDecodeError) as error:
            raise UserError(f"{name} cannot be planned, so nothing was looked at or removed: {error}") from error
        referred |= {artifact.folder.resolve() for artifact in plan.values()}
    return referred


def _leftovers_of(folder: Path, referred: bool, queued: dict[str, str]) -> Iterator[Leftover]:
    user, finished = user_of(folder, queued), is_finished(folder)
    if folder.name.startswith(TRASH):
        yield Leftover(folder, "was being removed", user is None, disk_usage(folder))
    elif folder.name.startswith(ASIDE):
        waits = referred and not is_finished(_original(folder))
        why = "was set aside as damaged" + ("; it is made anew when its experiment runs" if waits else "")
        yield Leftover(folder, why, user is None and not waits, disk_usage(folder))
    elif referred and finished and user is None:
        hidden = [path for path in sorted(folder.iterdir()) if path.name.startswith(".") and path.name not in KEPT]
        yield from (Leftover(path, "state left next to a finished artifact", True, disk_usage(path)) for path in hidden)
    elif referred and not finished:
        yield Leftover(
            folder, f"unfinished, {user or 'goes on when its experiment runs again'}", False, disk_usage(folder)
        )
    elif user is not None and not referred:
        yield Leftover(folder, f"no experiment refers to it, but it is in use by {user}", False, disk_usage(folder))
    elif not referred:
        why = "no experiment refers to it" if finished else "unfinished, and no experiment refers to it"
        archived = Pointer.of(folder)
        yield Leftover(folder, why + (f"; {archived.tar} stays" if archived else ""), True, disk_usage(folder))


def _original(folder: Path) -> Path:
    """The folder that an artifact had before it was set aside; any other is its own."""
    if not folder.name.startswith(ASIDE):
        return folder
    return folder.with_name(folder.name.removeprefix(ASIDE).rpartition("-")[0])


def remove(leftover: Leftover) -> bool:
    """Remove what was found; False if somebody uses it by now."""
    if bears_fingerprint(leftover.path):
        return _remove_artifact(leftover.path)
    _remove_tree(leftover.path)
    return True


def _remove_artifact(folder: Path) -> bool:
    """Take the folder's name away at once, so that no half of it is ever taken for an artifact; then its files."""
    trash = folder.with_name(f"{TRASH}{folder.name}")
    _remove_tree(trash)
    folder.rename(trash)
    user = user_of(trash, {})
    if user is not None:
        trash.rename(folder)
        log.warning("%s stays: it is in use by %s now", folder, user)
        return False
    _remove_tree(trash)
    for parent in folder.parents[: len(folder.parts) - len(ARTIFACTS.parts) - 1]:
        with contextlib.suppress(OSError):  # other artifacts are in it
            parent.rmdir()
    return True


def _remove_tree(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
