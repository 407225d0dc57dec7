"""The command: one process, until it is stopped."""

import logging

import uvicorn

from alambic.commands.apply.answers import Answerer, find_model
from alambic.commands.serve.application import Limits, application

log = logging.getLogger("alambic")


def serve(model: str, *, host: str, port: int, limits: Limits) -> None:
    """Serve `model` at `host`:`port`; port 0: one that is free. No text is logged, and no request is."""
    folder = find_model(model)
    app = application(Answerer(folder), name=str(folder), limits=limits)
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, access_log=False, log_config=None, server_header=False, workers=1)
    )
    log.info("%s: http://%s:%d/ (page), /docs (interface); Ctrl-C ends it", folder, host, port)
    server.run()
