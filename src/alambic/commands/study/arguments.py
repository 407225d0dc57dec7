"""The arguments of `study forms`, `study serve`, `study export` and `study read`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from alambic.commands.study.analyse import add_analyse_command
from alambic.commands.study.power import add_power_command
from alambic.runtime.unused_libraries import leave_out

ITEM = "of `study`, such as study/chapters, or its folder"


def is_stage(words: Sequence[str]) -> bool:
    """Tell the stage, as a workflow calls it, from the commands of the same name."""
    return any(word.startswith(("--plan", "--settings")) for word in words)


def add_study_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the commands; the stage `study` makes what they start from, and has the options of every stage."""
    study = commands.add_parser("study", help="run a study with people: hand out or serve pages, read what comes back")
    parts = study.add_subparsers(metavar="power|forms|serve|export|erase|read|analyse", required=True)
    add_power_command(parts)
    forms = parts.add_parser("forms", help="copy the pages of all participants, to be handed out")
    forms.add_argument("item", help=ITEM)
    forms.add_argument("--output", required=True, type=Path, metavar="FOLDER", help="that does not exist yet")
    forms.set_defaults(run=_forms)
    serve = parts.add_parser("serve", help="serve the pages to a room of people, who enter by a code")
    serve.add_argument("item", help=ITEM)
    serve.add_argument("--database", required=True, type=Path, metavar="FILE", help="where answers are kept")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: this machine alone)")
    serve.add_argument("--port", type=int, default=8000, help="0: one that is free")
    serve.set_defaults(run=_serve)
    export = parts.add_parser("export", help="write a file for each participant who has finished, once")
    export.add_argument("item", help=ITEM)
    export.add_argument("--database", required=True, type=Path, metavar="FILE")
    export.add_argument("--output", required=True, type=Path, metavar="FOLDER")
    export.add_argument("--unfinished", action="store_true", help="also of those who began; their codes end")
    export.add_argument("--again", action="store_true", help="also of those who were exported before")
    export.set_defaults(run=_export)
    erase = parts.add_parser("erase", help="erase the answers of a participant who withdraws after the end")
    erase.add_argument("item", help=ITEM)
    erase.add_argument("--database", required=True, type=Path, metavar="FILE")
    erase.add_argument("--participant", required=True, metavar="p001")
    erase.set_defaults(run=_erase)
    read = parts.add_parser("read", help="merge the files of participants, and set aside what does not fit")
    read.add_argument("item", help=ITEM)
    read.add_argument("files", nargs="+", type=Path, help="CSV files, or folders of them")
    read.add_argument("--output", required=True, type=Path, metavar="FOLDER")
    read.set_defaults(run=_read)
    add_analyse_command(parts)


def _forms(arguments: argparse.Namespace) -> None:
    from alambic.commands.study.forms import copy_forms

    copy_forms(arguments.item, arguments.output)


def _serve(arguments: argparse.Namespace) -> None:
    leave_out()
    from alambic.commands.study.serve import serve

    serve(arguments.item, arguments.database, host=arguments.host, port=arguments.port)


def _export(arguments: argparse.Namespace) -> None:
    from alambic.commands.study.export import export

    export(
        arguments.item,
        arguments.database,
        arguments.output,
        unfinished=arguments.unfinished,
        again=arguments.again,
    )


def _erase(arguments: argparse.Namespace) -> None:
    from alambic.commands.study.export import erase

    erase(arguments.item, arguments.database, arguments.participant)


def _read(arguments: argparse.Namespace) -> None:
    from alambic.commands.study.read import read_files

    read_files(arguments.item, arguments.files, arguments.output)
