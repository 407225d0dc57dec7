"""One MLflow store: opened for one tracker of a machine at a time."""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from alambic.errors import UserError


def connect(uri: str) -> Any:
    """Give a client of the store at `uri`; UserError when nothing answers there."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    import mlflow
    from mlflow.exceptions import MlflowException

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    try:
        client = mlflow.MlflowClient(tracking_uri=uri)
        client.search_experiments(max_results=1)
    except MlflowException as error:
        raise UserError(f"no MLflow at '{uri}' ({error}): start its server, or leave --uri out for sqlite") from error
    return client


def database(uri: str) -> Path | None:
    """Give the file of a local store, None for a server's."""
    prefix = "sqlite:///"
    return Path(uri.removeprefix(prefix)).resolve() if uri.startswith(prefix) else None


@contextlib.contextmanager
def locked(uri: str) -> Iterator[None]:
    """Keep other trackers of this machine out: they would make the same run a second time.

    MLflow's processes also crash when they create a database at the same time.
    """
    lock_file = (database(uri) or Path("mlflow/remote").resolve()).with_suffix(".lock")
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock_file):
        yield
