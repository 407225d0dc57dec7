"""SHA256SUMS: the sha256 of every file of a folder, as the command sha256sum reads it."""

import re
from pathlib import Path

from alambic.data.artifact import list_files
from alambic.data.checksums import checksums
from alambic.errors import UserError

FILE = "SHA256SUMS"
RELEASED = "model"  # the folder of a release that is passed on, with its sums


def write_sums(folder: Path) -> None:
    """Write the file, last of all."""
    sums = checksums(folder, [name for name in list_files(folder) if name != FILE])
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (folder / FILE).write_text(lines, encoding="utf-8")


def check_sums(folder: Path) -> list[str]:
    """Give the names of the files that are listed; UserError with those that are not as they were, or are gone."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch("([0-9a-f]{64})  (.+)", line) for line in lines]
    listed = {match[2]: match[1] for match in found if match}
    missing = [name for name in listed if not (folder / name).is_file()]
    actual = checksums(folder, [name for name in listed if name not in missing])
    wrong = sorted([*missing, *(name for name, digest in actual.items() if digest != listed[name])])
    if wrong or not listed or not all(found):
        raise UserError(
            f"{folder}: {', '.join(wrong) or FILE} is not as it was released: remove the artifact's folder, and run "
            "the experiment again"
        )
    return list(listed)
