"""One MLflow store: opened for one tracker of a machine at a time, and waited for while another program holds it."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from alambic.errors import UserError, redacted, truncated

WAIT = 60.0  # seconds for which a store that another program holds is waited for; ALAMBIC_MLFLOW_WAIT says otherwise
LONGEST_PAUSE = 8.0
HELD = ("database is locked", "database table is locked")
OTHER_VERSION = ("database schema", "Can't locate revision")
NOT_WRITABLE = ("readonly database", "unable to open database", "disk is full", "disk I/O error", "not a database")
# Errors of this program; all others that come out of MLflow are the store's.
BUGS = (TypeError, AttributeError, NameError, AssertionError, UserError)

log = logging.getLogger("alambic.commands.tracking")


class StoreError(UserError):
    """The store does not answer, or cannot be written."""


def connect(uri: str) -> Any:
    """Give a client of the store at `uri`; StoreError when nothing answers there."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    import mlflow

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # it logs tracebacks of what is told here
    client = Client(lambda: mlflow.MlflowClient(tracking_uri=uri), uri)
    client.search_experiments(max_results=1)
    return client


class Client:
    """MLflow's client, each of whose methods waits for a store that is held, and ends in one error."""

    def __init__(self, make: Callable[[], Any], uri: str) -> None:
        self._uri = uri
        self._client = patiently(make, uri)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *arguments, **options: patiently(lambda: method(*arguments, **options), self._uri)


def patiently(ask: Callable[[], Any], uri: str) -> Any:
    """Ask the store, again and again with growing pauses while another program holds it; StoreError in the end."""
    started, pause, wait = time.monotonic(), 0.5, _wait()
    while True:
        try:
            return ask()
        except BUGS:
            raise
        except Exception as error:
            message = redacted(" ".join(str(error).split("[SQL")[0].split()))
            waited = time.monotonic() - started
            if not any(sign in message for sign in HELD) or waited + pause > wait:
                raise StoreError(_explained(message or type(error).__name__, redacted(uri), waited)) from error
            log.warning("another program holds %s: tried again in %.0f s", redacted(uri), max(1, pause))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _wait() -> float:
    given = os.environ.get("ALAMBIC_MLFLOW_WAIT", "")
    try:
        return float(given or WAIT)
    except ValueError as error:
        raise UserError(f"ALAMBIC_MLFLOW_WAIT: {given!r}: expected a number of seconds") from error


def _explained(message: str, uri: str, waited: float) -> str:
    message = truncated(message, 300)
    if any(sign in message for sign in HELD):
        return (
            f"another program holds the MLflow store {uri}: a copy, a backup or `mlflow gc`; it was waited for "
            f"{waited:.0f} s (ALAMBIC_MLFLOW_WAIT says for how many at most): end that program, then track again"
        )
    if any(sign in message for sign in OTHER_VERSION):
        return (
            f"the MLflow store {uri} is of another version of MLflow ({message}): copy it, then "
            f"`mlflow db upgrade {uri}` updates an older one; a newer one needs its own MLflow, or another --uri"
        )
    if any(sign in message for sign in NOT_WRITABLE):
        return f"the MLflow store {uri} cannot be read or written ({message}): mend that, or give another --uri"
    return f"no MLflow at '{uri}' ({message}): start its server, or leave --uri out for sqlite"


def address_of(uri: str | None) -> str:
    """Give the address of the store: `uri`, the one that MLFLOW_TRACKING_URI says, or sqlite in ./mlflow."""
    return uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path('mlflow/mlflow.db').resolve()}"


def database(uri: str) -> Path | None:
    """Give the file of a local store, None for a server's."""
    prefix = "sqlite:///"
    return Path(uri.removeprefix(prefix)).resolve() if uri.startswith(prefix) else None


@contextlib.contextmanager
def default_store(uri: str) -> Iterator[None]:
    """Make a store this process's own for a while: by that alone MLflow's registry finds logged models."""
    import mlflow

    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # which also takes the variable away
        if before is not None:
            os.environ["MLFLOW_TRACKING_URI"] = before


@contextlib.contextmanager
def locked(uri: str) -> Iterator[None]:
    """Keep other trackers of this machine out: they would make the same run a second time.

    MLflow's processes also crash when they create a database at the same time.
    """
    lock_file = (database(uri) or Path("mlflow/remote").resolve()).with_suffix(".lock")
    lock = FileLock(lock_file)
    try:
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=10 * _wait())
    except Timeout as error:
        raise StoreError(
            f"another tracker of this machine holds {lock_file}: see that it goes on, or end it, then track again"
        ) from error
    except OSError as error:
        raise StoreError(
            f"{error.filename or lock_file}: {error.strerror}: give a --uri that can be written"
        ) from error
    try:
        yield
    finally:
        lock.release()
