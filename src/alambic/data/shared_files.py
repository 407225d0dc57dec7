"""Files in folders that several people write to: no link is followed there, and a lock is everybody's."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how files are opened; what they hold is checked by its digest"


def check_no_link(path: Path, within: Path | None = None) -> None:
    """UserError where `path` is a link; with `within`, where it leads out of that folder, or nowhere."""
    if not path.is_symlink():
        return
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # nowhere, or to itself
        target = None
    if within is None or target is None or not target.is_relative_to(within.resolve()):
        place = target or path.readlink()
        raise UserError(f"{path.absolute()} is a link to {place}, and not followed: put the file itself there")


def open_part(path: Path, *, append: bool) -> IO[bytes]:
    """Open a file for writing; UserError where somebody put a link there, or it is another user's."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if append else os.O_TRUNC)
    try:
        return os.fdopen(os.open(path, flags, 0o666), "ab" if append else "wb")
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EACCES, errno.EPERM):
            raise
        reason = "is a link" if error.errno == errno.ELOOP else "cannot be written, it may be another user's"
        raise UserError(f"{path.absolute()} {reason}: remove it, and run again") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that every user of the folder may take in turn."""
    lock = FileLock(path, mode=0o666)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EACCES, errno.EPERM):
            raise
        raise UserError(f"{path.absolute()} cannot be locked ({error.strerror}): ask its owner to remove it") from error
    try:
        yield
    finally:
        lock.release()
