"""`study serve`: one process, until it is stopped."""

import csv
import logging
import os
from io import StringIO
from pathlib import Path

import uvicorn

from alambic.commands.study.application import application
from alambic.commands.study.found import find_study
from alambic.commands.study.store import Store

log = logging.getLogger("alambic")


def serve(item: str, database: Path, *, host: str, port: int) -> None:
    """Serve the pages of a study at `host`:`port`; no answer is logged, no address, and no request."""
    protocol = find_study(item)
    store = Store(database, protocol, make=True)
    codes = _write_codes(store)
    server = uvicorn.Server(
        uvicorn.Config(
            application(store),
            host=host,
            port=port,
            access_log=False,
            log_config=None,
            server_header=False,
            workers=1,
        )
    )
    log.info("protocol %s: http://%s:%d/; Ctrl-C ends it", protocol.digest, host, port)
    log.info("codes: %s; answers: %s", codes, database)
    server.run()
    store.close()


def _write_codes(store: Store) -> Path:
    """Write the codes beside the database, for whoever runs the study to hand out; nobody else may read them."""
    path = store.path.with_name(f"{store.path.name}.codes.csv")
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow(["participant", "code"])
    writer.writerows(store.codes().items())
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(stream.getvalue())
    return path
