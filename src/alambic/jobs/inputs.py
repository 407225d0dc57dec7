"""What a job starts from, checked; what is damaged of it is set aside, so that the next run makes it anew."""

from collections.abc import Callable, Iterable
from pathlib import Path

from alambic.data import manifest
from alambic.data.artifact import ASIDE, bears_fingerprint, check_place, open_artifact
from alambic.data.checksums import Verification
from alambic.data.manifest import Damaged, Manifest
from alambic.errors import UserError
from alambic.jobs.folder_lock import owner_of

Artifacts = dict[str, list[tuple[Path, Manifest]]]


def open_inputs(
    pairs: Iterable[str],
    *,
    small_files_only: bool,
    reader: Path,
    verification: Verification | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Artifacts:
    """Open artifacts given as ROLE=MANIFEST; give each with its path, by role.

    UserError where any is damaged, after all of them were looked at: `reader`'s job is started again when they are
    whole.
    """
    manifests: Artifacts = {}
    problems = []
    for pair in pairs:
        role, _, name = pair.partition("=")
        if not name:
            raise UserError(f"--inputs {pair}: expected ROLE=MANIFEST")
        path = Path(name)
        try:
            record = open_artifact(
                path,
                small_files_only=small_files_only,
                verification=verification,
                reader=str(reader),
                is_stopped=is_stopped,
            )
        except Damaged as damaged:
            problems.append(f"{damaged.problem}; {set_aside(damaged)}")
        else:
            manifests.setdefault(role, []).append((path, record))
    if problems:
        raise UserError(f"{'; '.join(problems)}: run the same command again, and what was set aside is made anew")
    return manifests


def set_aside(damaged: Damaged) -> str:
    """Take its name from the folder of a damaged artifact, so that nothing counts it; say what was done.

    Its files stay as they are, under a hidden name beside it. It is left where somebody is at work in it, and where it
    was made anew meanwhile.
    """
    folder = damaged.folder
    if not bears_fingerprint(folder):
        return f"{folder} is no artifact's own folder, and stays"
    try:
        if (owner := owner_of(folder)) is not None:
            return f"{folder} is in use by {owner}, and stays"
        if damaged.inode != manifest.inode(folder / manifest.FILE):
            return f"{folder} was made anew or set aside meanwhile"
        for number in range(1, 1000):
            aside = folder.with_name(f"{ASIDE}{folder.name}-{number}")
            if not aside.exists():
                folder.rename(aside)
                return f"it was set aside as {aside}"
    except FileNotFoundError:
        return f"{folder} was set aside meanwhile"
    except OSError as error:
        return f"it cannot be set aside ({error}): whoever may write there runs `alambic verify --repair {folder}`"
    raise AssertionError(f"{folder}: set aside a thousand times")


def set_aside_foreign(manifests: Iterable[Path]) -> list[str]:
    """Set aside the artifacts whose manifest cannot be read or is another artifact's; say which, and what was done."""
    lines = []
    for path in manifests:
        try:
            if path.exists():
                check_place(Manifest.read(path), path)
        except Damaged as damaged:
            lines.append(f"{damaged.problem}; {set_aside(damaged)}")
    return lines


def was_set_aside(folder: Path) -> bool:
    """Tell whether the artifact of `folder` was set aside as damaged and is not there again."""
    return not folder.exists() and any(folder.parent.glob(f"{ASIDE}{folder.name}-*"))
