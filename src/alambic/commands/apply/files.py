"""The files of a run: what is read is not written over and does not change, and nobody else writes the output."""

import errno
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from alambic.commands.apply.texts import STANDARD_INPUT
from alambic.errors import UserError
from alambic.jobs.folder_lock import locked_folder, owner_of

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)  # of file systems such as exFAT

log = logging.getLogger("alambic")


class Changed(UserError):
    """A file that is no longer the one that the run began with."""

    def __init__(self, file: object) -> None:
        super().__init__(
            f"{file} changed while it was read: its answers would be of two files, and nothing of this run is to be "
            "used. Run again when nobody writes to it"
        )


def part_of(output: Path) -> Path:
    """Give the file that grows while a run goes on."""
    return output.with_name(f"{output.name}.part")


def about_of(output: Path) -> Path:
    """Give the file that says which run the part belongs to."""
    return output.with_name(f".{output.name}.run")


def rejected_of(output: Path) -> Path:
    """Give the file that lists what was not understood."""
    return output.with_name(f"{output.name}.rejected.jsonl")


def state(path: Path) -> list[Any]:
    """Tell a file from a later one at its place."""
    if str(path) == STANDARD_INPUT:
        return [STANDARD_INPUT]
    status = path.stat()
    return [str(path.absolute()), status.st_size, status.st_mtime_ns]


class Watched:
    """Files that are read, as they were when the run began."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)
        self.states = [state(file) for file in files]

    def check(self) -> None:
        """UserError where one of them is not what it was."""
        for file, before in zip(self.files, self.states, strict=True):
            try:
                is_same = state(file) == before
            except OSError:
                is_same = False
            if not is_same:
                raise Changed(file)


@contextmanager
def reserved(output: Path | None, files: Sequence[Path], *, is_folder: bool = False) -> Iterator[Watched]:
    """Own `output` within the block, and watch the files that are read; None is standard output.

    UserError where writing would touch one of the files, where the output is no regular file (or, with `is_folder`, no
    folder), or where another run writes it. Of a run whose files change nothing is left.
    """
    watched = Watched(files)
    if output is None:
        yield watched
        return
    _check_kind(output, is_folder=is_folder)
    _check_inputs(output, [file for file in files if str(file) != STANDARD_INPUT], is_folder=is_folder)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--output {output}: its folder cannot be made ({error})") from error
    with _locked(output):
        try:
            yield watched
        except Changed:
            for path in (part_of(output), about_of(output), rejected_of(output)):
                path.unlink(missing_ok=True)
            raise


def _check_kind(output: Path, *, is_folder: bool) -> None:
    if is_folder and output.exists() and not output.is_dir():
        raise UserError(f"--output {output}: expected a folder, for two files for each text, and it is none")
    if not is_folder and output.is_dir():
        raise UserError(f"--output {output}: expected a file, and it is a folder: name a file in it")
    if not is_folder and output.exists() and not output.is_file():
        raise UserError(
            f"--output {output}: expected a regular file, which is replaced at the end; without --output, answers go "
            "to standard output"
        )


def _check_inputs(output: Path, files: Sequence[Path], *, is_folder: bool) -> None:
    """UserError where a file that is read is one that is written: by its name, by a link, or within the folder."""
    written = {path.stat().st_ino: path for path in _written(output) if path.exists()}
    for file in files:
        path = written.get(file.stat().st_ino)
        if path is not None and path.samefile(file):
            what = "is written over by the run" if path == output else f"would be lost: the run writes {path}"
            raise UserError(f"--output {output}: {file}, which is read, {what}: give another --output")
        if is_folder and output.is_dir() and output.resolve() in file.resolve().parents:
            raise UserError(f"--output {output}: {file}, which is read, lies in it: give another folder")


def _written(output: Path) -> tuple[Path, ...]:
    return output, part_of(output), about_of(output), rejected_of(output)


@contextmanager
def _locked(output: Path) -> Iterator[None]:
    """Own the output; UserError where another run does. The lock of a run that was killed counts for nothing."""
    folder = output.with_name(f".{output.name}.lock")
    with ExitStack() as stack:
        while True:
            folder.mkdir(exist_ok=True)
            lock = locked_folder(folder, finished=lambda: owner_of(folder) is not None, lost=_stop)
            try:
                is_mine = stack.enter_context(lock)
                break
            except FileNotFoundError:  # the run before ended at this moment, and took the folder away
                continue
            except OSError as error:
                if error.errno not in NO_LINKS:
                    raise
                log.warning("%s: its file system has no links to lock it by: start no other run with it", output)
                is_mine = True
                break
        if not is_mine:
            raise UserError(
                f"--output {output}: {owner_of(folder) or 'another run'} writes it: wait until that has ended, or give "
                "another --output"
            )
        try:
            yield
        finally:
            stack.close()
            with suppress(OSError):  # somebody waits in it
                folder.rmdir()


def _stop() -> None:
    log.error("stopped; the same command goes on from here")
    os._exit(1)
