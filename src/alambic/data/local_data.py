"""A user's own files: the digest by which an experiment pins them."""

import hashlib
from pathlib import Path

from alambic.data.checksums import checksum
from alambic.data.shared_files import check_no_link
from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how local files are found; what they hold is checked by its digest"


def file_digest(path: Path) -> str:
    """Give the sha256 of a file; UserError where it may not be read."""
    try:
        return checksum(path)
    except PermissionError as error:
        raise UserError(f"{path.absolute()} cannot be read: ask its owner for the right to") from error


def folder_digest(folder: Path) -> str:
    """Digest the names and the contents of a folder's files: the pin of a local folder in an experiment.

    Hidden files do not count; of a single file it is its sha256. UserError when there is no file, or a link that leaves
    the folder.
    """
    if folder.is_file():
        return file_digest(folder)
    files = files_below(folder)
    if not files:
        raise UserError(f"{folder.absolute()} is not a folder with files: give one that holds the data")
    lines = "".join(f"{file_digest(path)} {name}\n" for name, path in files.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def files_below(folder: Path) -> dict[str, Path]:
    """Give the visible files of a folder by their names below it, in the order of the names; a file is its own folder.

    A sign of a name that is no UTF-8 is written as `\\xe9`. UserError for a link that leads out of the folder or
    nowhere: in a folder that several people share, somebody else could choose what is read.
    """
    if folder.is_file():
        return {folder.name: folder}
    files: dict[str, Path] = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts):
            continue
        check_no_link(path, within=folder)
        if path.is_file():
            name = relative.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            files[name] = path
    return dict(sorted(files.items()))


def pinned_folder(path: str, digest: str) -> Path:
    """Give the folder at `path`; UserError with the actual digest when its content has not `digest`."""
    folder = Path(path).expanduser()
    actual = folder_digest(folder)
    if actual != digest:
        raise UserError(
            f"{folder.absolute()} has the digest {actual}, the experiment pins '{digest}': "
            f"restore the folder, or write `digest: {actual}` in the experiment"
        )
    return folder
