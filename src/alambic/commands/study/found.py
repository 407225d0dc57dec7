"""The artifact of a study that a command is given."""

from pathlib import Path

from alambic.commands.artifact_folders import find_artifact
from alambic.errors import UserError
from alambic.studies.protocol import FILE, Protocol, read_protocol


def find_study(item: str) -> Protocol:
    """Read the protocol of an item, with or without `study/` before its name, or of a folder."""
    folder = find_artifact(item, FILE) or find_artifact(str(Path("study") / item), FILE)
    if folder is None:
        raise UserError(
            f"{item}: no {FILE} there: give an item of `study`, such as study/chapters (`ls artifacts/study/*`)"
        )
    return read_protocol(folder)
