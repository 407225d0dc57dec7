"""One writer per folder: who owns it, whether he lives, and how it passes to the next.

The owner's file is made by a hard link, which is atomic on every shared file system. It names a process and its Slurm
job, and the owner touches it as long as he works. Nobody's clock is trusted: ages are read from the file system's own.
"""

import contextlib
import errno
import json
import logging
import os
import pwd
import socket
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from alambic.errors import UserError
from alambic.jobs import slurm

FILE = ".owner"
HEARTBEAT = 15.0  # seconds between two heartbeats
SILENCE = 90.0  # seconds without one after which an owner on another machine is dead
POLL = 5.0

_SHARED = "in a folder that several people share, let the group write (umask 002, and g+ws on `artifacts`)"

log = logging.getLogger("alambic")

_LOCKS: dict[Path, tuple["Owner", threading.Event, threading.Thread]] = {}


@dataclass(frozen=True)
class Owner:
    """A process that writes in a folder."""

    token: str
    host: str
    boot: str  # a machine that was restarted has none of its former processes
    pid: int
    started: str  # clock ticks since boot: pids are used again
    job: str | None  # Slurm's number

    def __str__(self) -> str:
        """Say who it is, for people."""
        return f"process {self.pid} on {self.host}" + (f", Slurm job {self.job}" if self.job else "")


def owner_of(folder: Path) -> Owner | None:
    """Find the live owner of `folder`; None if it has none, or a dead one."""
    owner = _read(folder / FILE)
    return owner if owner is not None and _is_alive(owner, folder / FILE) else None


@contextlib.contextmanager
def locked_folder(folder: Path, *, finished: Callable[[], bool], lost: Callable[[], None]) -> Iterator[bool]:
    """Lock `folder` within the block; wait for a live owner first.

    Yields False, and locks nothing, when `finished` became true meanwhile: the other one made it. Calls `lost` from
    another thread if the folder is found to be another's, which only a machine believed dead can see happen.
    """
    me = _this_process()
    if not _acquire(folder, me, finished):
        yield False
        return
    stop = threading.Event()
    thread = threading.Thread(target=_send_heartbeats, args=(folder / FILE, me, stop, lost), daemon=True)
    thread.start()
    try:
        yield True
    finally:
        stop.set()
        thread.join()
        _release(folder / FILE, me)


def try_lock(folder: Path) -> Owner | None:
    """Lock `folder` until `unlock` or the end of this process, and return None; or return its live owner."""
    folder.mkdir(parents=True, exist_ok=True)
    me, path = _this_process(), folder / FILE
    while not _claim(path, me):
        other = _read(path)
        if other is not None and _is_alive(other, path):
            return other
        if other is not None:
            _evict(path, other)
    stop = threading.Event()
    thread = threading.Thread(target=_send_heartbeats, args=(path, me, stop, lambda: None), daemon=True)
    thread.start()
    _LOCKS[path] = (me, stop, thread)
    return None


def make_own_folder(folder: Path) -> None:
    """Make a folder to write in; UserError where this process may not, or where somebody else put a link there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        link = folder.lstat()
    except FileExistsError as error:
        raise UserError(f"{folder} is no folder: remove it, or what it points to is missing") from error
    except PermissionError as error:
        raise UserError(f"{folder} cannot be made ({error}): {_SHARED}") from error
    if stat.S_ISLNK(link.st_mode) and link.st_uid not in (os.geteuid(), folder.absolute().parent.stat().st_uid):
        raise UserError(f"{folder} is a link that {_name(link.st_uid)} made: nothing is written through it; remove it")


def unlock(folder: Path) -> None:
    """Release `folder`, if `try_lock` locked it in this process."""
    lock = _LOCKS.pop(folder / FILE, None)
    if lock is not None:
        me, stop, thread = lock
        stop.set()
        thread.join()
        _release(folder / FILE, me)


def _release(path: Path, me: Owner) -> None:
    if _read(path) == me:
        path.unlink(missing_ok=True)


def _acquire(folder: Path, me: Owner, finished: Callable[[], bool]) -> bool:
    path, has_logged = folder / FILE, False
    while not _claim(path, me):
        if finished():
            return False
        other = _read(path)
        if other is None:
            continue
        if _is_alive(other, path):
            if not has_logged:
                log.info("%s belongs to %s, which is at work: waiting for its result", folder, other)
            has_logged = True
            time.sleep(POLL)
        else:
            log.info("%s belonged to %s, which is gone: going on from what it left", folder, other)
            _evict(path, other)
    return True


def _claim(path: Path, me: Owner) -> bool:
    unfinished = path.with_name(f"{path.name}.{me.token}")
    try:
        _write_for_all(unfinished, json.dumps(asdict(me)))
    except PermissionError as error:
        raise UserError(f"{path.parent} cannot be written in ({error.strerror}): {_SHARED}") from error
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink()
    return True


def _write_for_all(path: Path, text: str) -> None:
    """Make a file that every user of the folder may read, whatever the umask: he must see whose job has died."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(descriptor, 0o644)
        stream.write(text)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _evict(path: Path, dead: Owner) -> None:
    """Remove a dead owner's file; put it back if somebody else's was caught instead."""
    caught = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        path.rename(caught)
    except FileNotFoundError:
        return
    if _read(caught) != dead:
        with contextlib.suppress(FileExistsError):
            os.link(caught, path)
    caught.unlink()


def _send_heartbeats(path: Path, me: Owner, stop: threading.Event, lost: Callable[[], None]) -> None:
    missing = 0
    while not stop.wait(HEARTBEAT):
        try:
            owner = _read(path)
        except OSError as error:  # a file system that is in trouble for a while: the heartbeats go on after it
            log.warning("%s cannot be read (%s)", path, error)
            continue
        missing = missing + 1 if owner is None else 0
        if (owner is not None and owner != me) or missing > 1:
            log.error("%s has another owner now (%s): this process was taken for dead, and stops", path.parent, owner)
            lost()
            return
        with contextlib.suppress(OSError):
            os.utime(path)


def _is_alive(owner: Owner, path: Path) -> bool:
    if owner.host == socket.gethostname() and owner.boot == _boot_id() and not _is_hidden(owner.pid):
        return _start_ticks(owner.pid) == owner.started
    if _age(path) < SILENCE:
        return True
    if owner.job is None or owner.job == slurm.current_job():
        return False
    try:  # only where there is no sign of life: a busy controller need not be asked
        return slurm.is_live(owner.job)
    except slurm.NotInstalled:
        return False
    except slurm.NoAnswer:  # nothing says that the job has gone
        return True


def _age(path: Path) -> float:
    """Seconds since the file was touched, both times read from the file system that holds it."""
    probe = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        probe.touch(exist_ok=False)
        return probe.stat().st_mtime - path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        return time.time() - path.stat().st_mtime  # a folder to be read only: this machine's clock has to do
    finally:
        probe.unlink(missing_ok=True)


def _read(path: Path) -> Owner | None:
    try:
        return Owner(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, PermissionError):  # the machine stopped before its content was on disk, or it is
        # another user's and of an earlier version: its age tells
        return Owner("", "unknown", "", 0, "", None)


def _this_process() -> Owner:
    pid = os.getpid()
    host = socket.gethostname()
    return Owner(uuid.uuid4().hex, host, _boot_id(), pid, _start_ticks(pid) or "", slurm.current_job())


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _is_hidden(pid: int) -> bool:
    """Tell whether a process of another user runs that /proc does not show (mounted with `hidepid`)."""
    if Path(f"/proc/{pid}/stat").exists():
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _start_ticks(pid: int) -> str | None:
    """When a process started, in clock ticks since boot; None if it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]
