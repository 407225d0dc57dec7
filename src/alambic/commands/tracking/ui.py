"""MLflow's own page, opened where the results are."""

import argparse
import os
import sys
from collections.abc import Iterator
from typing import Any

from alambic.commands.tracking.store import address_of, connect, database
from alambic.commands.tracking.views import RESULTS, address
from alambic.errors import UserError, redacted


def add_ui_command(commands: Any) -> None:
    """Declare `ui`."""
    ui = commands.add_parser("ui", help="open MLflow on what was tracked")
    ui.add_argument("--uri", default=None, help="MLflow tracking URI (default: sqlite in ./mlflow)")
    ui.add_argument("--port", type=int, default=5000, help="of this machine (default: 5000)")
    ui.set_defaults(run=open_ui)


def open_ui(arguments: argparse.Namespace) -> None:
    """Say where each experiment's results are, and become MLflow's server; UserError where nothing was tracked."""
    uri = address_of(arguments.uri)
    file = database(uri)
    if file is not None and not file.is_file():
        raise UserError(f"{file} is not there: run an experiment first, or `python -m alambic track EXPERIMENT`")
    served = file is None and uri.startswith("http")
    for line in places(uri, uri.rstrip("/") if served else f"http://127.0.0.1:{arguments.port}"):
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    if not served:
        command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
        command += ["--host", "127.0.0.1", "--port", str(arguments.port), "--workers", "1"]
        os.execve(sys.executable, command, {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"})


def places(uri: str, server: str) -> Iterator[str]:
    """Yield for each experiment where its results are; the newest first."""
    client = connect(uri)
    for experiment in client.search_experiments(order_by=["last_update_time DESC"]):
        if experiment.name != "Default":
            yield f"{experiment.name}: {redacted(server)}{address(experiment.experiment_id, RESULTS)}"
