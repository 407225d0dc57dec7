"""Where an artifact lies that a command is given: a folder, a manifest, or an item of an experiment."""

from collections.abc import Sequence
from pathlib import Path

from alambic.data.manifest import FILE as MANIFEST
from alambic.errors import UserError


def find_artifact(name: str, file: str) -> Path | None:
    """Give the folder that holds a file of this name: a path, or an item; None where there is none.

    UserError where several versions of an item hold one.
    """
    path = Path(name)
    path = path.parent if path.name in (MANIFEST, file) else path
    for place in (path, Path("artifacts") / path):
        versions = [place] if (place / file).is_file() else sorted(each.parent for each in place.glob(f"*/{file}"))
        if versions:
            return only_version(name, versions)
    return None


def only_version(name: str, versions: Sequence[Path]) -> Path:
    """Give the folder of the only version of an item; UserError where there are several."""
    if len(versions) > 1:
        shown = "\n".join(f"  {folder}" for folder in versions)
        raise UserError(f"{name} was made in {len(versions)} versions: give the folder of one\n{shown}")
    return versions[0]
