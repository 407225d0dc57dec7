"""Files that a corpus consists of, in a folder that a user brings."""

from pathlib import Path

from alambic.data.local_data import files_below
from alambic.errors import UserError


def file_in(folder: Path, name: str, remedy: str) -> Path:
    """Find the one file of that name in a folder, at any depth; UserError, with what to do, where there is not one."""
    found = [path for relative, path in files_below(folder).items() if Path(relative).name == name]
    if len(found) != 1:
        raise UserError(f"{folder} holds {len(found)} files {name}, expected one: {remedy}")
    return found[0]
