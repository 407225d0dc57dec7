"""Files and folders that their owner alone reads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def for_owner_alone() -> Iterator[None]:
    """Make every file 0600 and every folder 0700 meanwhile; the result's are opened once its manifest is written."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def make_private(folder: Path) -> None:
    """Make a folder that nobody else enters, or close one that is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
