"""The arguments of `serve`."""

import argparse

from alambic.runtime.unused_libraries import leave_out


def add_serve_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    serve = commands.add_parser("serve", help="answer over HTTP with a fine-tuned model, and show a page to try it")
    serve.add_argument("model", help="as of apply")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: this machine alone)")
    serve.add_argument("--port", type=int, default=8000, help="0: one that is free")
    serve.add_argument("--most-texts", type=int, default=64, metavar="N", help="in a request")
    serve.add_argument("--most-characters", type=int, default=100_000, metavar="N", help="in a request")
    serve.add_argument("--seconds", type=float, default=60.0, help="that a request may take")
    serve.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> None:
    leave_out()
    from alambic.commands.serve.application import Limits
    from alambic.commands.serve.run import serve

    limits = Limits(arguments.most_texts, arguments.most_characters, arguments.seconds)
    serve(arguments.model, host=arguments.host, port=arguments.port, limits=limits)
