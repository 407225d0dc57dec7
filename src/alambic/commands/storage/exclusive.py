"""Work on an artifact's folder that nobody else works on, and that a full disk ends with a clear error."""

import contextlib
import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from alambic.errors import UserError
from alambic.jobs.folder_lock import locked_folder, owner_of

log = logging.getLogger("alambic.commands.storage")


@contextlib.contextmanager
def exclusive_use(folder: Path) -> Iterator[None]:
    """Own `folder` within the block; UserError if somebody else does."""
    with locked_folder(folder, finished=lambda: owner_of(folder) is not None, lost=_stop) as mine:
        if not mine:
            raise UserError(f"{folder} is in use by {owner_of(folder) or 'somebody else'}: repeat this when it is done")
        yield


@contextlib.contextmanager
def enough_space(action: str) -> Iterator[None]:
    """Turn a full disk or quota into an error that names `action`."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(
            f"{action}: no space left (bytes or inodes); nothing was lost: free some, then repeat the same command"
        ) from error


def _stop() -> None:
    log.error("stopped; the same command goes on from here")
    os._exit(1)
