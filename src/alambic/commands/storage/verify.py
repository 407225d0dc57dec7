"""Check finished artifacts to the last byte, and set aside what is not as it was made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alambic.commands.storage.archive import is_whole
from alambic.commands.storage.folders import TRASH, artifact_folders, is_finished
from alambic.data import manifest
from alambic.data.archive_pointer import Pointer
from alambic.data.artifact import ASIDE, check_place, open_artifact, wrong_files
from alambic.data.checksums import Verification
from alambic.data.manifest import Damaged, Manifest
from alambic.errors import UserError
from alambic.jobs.inputs import set_aside
from alambic.planning.artifact import ARTIFACTS
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment


@dataclass(frozen=True)
class Checked:
    """What was found in one artifact's folder."""

    folder: Path
    problem: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Show it on one line."""
        state = "damaged" if self.problem else "whole  "
        return f"{state}  {self.folder}" + "".join(f": {text}" for text in (self.problem, self.note) if text)


def folders_of(names: Sequence[str]) -> list[Path]:
    """List the finished artifacts that names of experiments or folders speak of; without any, all there are."""
    if not names and not ARTIFACTS.is_dir():
        raise UserError(f"no folder '{ARTIFACTS}' here: run this where the workflow runs, or name what to check")
    folders: list[Path] = []
    for name in names or [str(ARTIFACTS)]:
        place = Path(name)
        if not place.is_dir():
            folders += [artifact.folder for artifact in Plan(load_experiment(name)).values()]
        else:
            folders += [place] if is_finished(place) else artifact_folders(place)
    hidden = (TRASH, ASIDE)
    return [folder for folder in folders if is_finished(folder) and not folder.name.startswith(hidden)]


def verify(folders: Sequence[Path], *, repair: bool) -> Iterator[Checked]:
    """Check each folder in full, an archived one's tar too where it is in sight; set damaged ones aside if asked."""
    for folder in folders:
        try:
            yield _check(folder)
        except Damaged as damaged:
            yield Checked(folder, damaged.problem, set_aside(damaged) if repair else "")
        except UserError as error:
            yield Checked(folder, str(error))


def _check(folder: Path) -> Checked:
    path = folder / manifest.FILE
    pointer = Pointer.of(folder)
    if pointer is None:
        record = open_artifact(path, verification=Verification.FULL)
        is_of_earlier_version = bool(record.files) and not record.sha256
        return Checked(folder, note="made by an earlier version: sizes only" if is_of_earlier_version else "")
    record = Manifest.read(path)
    check_place(record, path)
    open_artifact(path, verification=Verification.SIZES, small_files_only=True)
    here = [name for name in record.files if (folder / name).exists()]
    for name, digest in wrong_files(folder, record, here).items():
        raise Damaged(path, f"{folder / name} is damaged: its sha256 is {digest}")
    if not Path(pointer.tar).is_file():
        return Checked(folder, note=f"its archive {pointer.tar} is not in sight, and was not looked into")
    if not is_whole(Path(pointer.tar), pointer):
        return Checked(folder, f"its archive {pointer.tar} is damaged: take a copy of it that is whole")
    return Checked(folder, note="archived")
