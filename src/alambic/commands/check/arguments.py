"""The arguments of `check`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from alambic.commands.check.choices import DELIMITERS, ENCODINGS, FORMATS, OWN_DATA
from alambic.commands.named_values import read_named_values

if TYPE_CHECKING:
    from alambic.commands.check.survey import Request


def add_check_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    check = commands.add_parser("check", help="say what would be read of your files, before anything runs")
    check.add_argument("path", type=Path, help="a file or a folder")
    add_reading_arguments(check)
    check.add_argument("--show", type=int, default=20, metavar="N", help="rejected rows that are listed (default: 20)")
    check.set_defaults(run=_check)


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how a person's files are read."""
    parser.add_argument("--format", default="", choices=FORMATS, help="default: as the files say, where that is sure")
    parser.add_argument("--text-column", default="", help="of tables (default: text)")
    parser.add_argument("--label-column", default="", help="of tables (default: label, where there is one)")
    parser.add_argument("--second-column", default="", help="of tables: the other text of a pair")
    parser.add_argument("--separator", default="", help="between the labels of a text that has several")
    parser.add_argument("--id-column", default="", help="of tables; without it a text is named by its file and row")
    parser.add_argument("--encoding", default="", choices=ENCODINGS, help="default: utf-8")
    parser.add_argument("--delimiter", default="", choices=[*DELIMITERS, "blank"], help="of CSV files and of CoNLL")
    parser.add_argument("--quotes", default="", choices=["double", "none"], help="of CSV files")
    parser.add_argument("--split", default="", help="of a Hugging Face dataset on your disk")
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="HOLDS=NAME",
        help="of death certificates: a column that bears another name, such as year=AnneeDeces; may be given several "
        "times",
    )
    parser.add_argument("--licence", default=OWN_DATA, help="of the texts (default: LicenseRef-own-data)")


def _check(arguments: argparse.Namespace) -> None:
    from alambic.commands.check.lines import report
    from alambic.commands.check.survey import survey

    found = survey(request_of(arguments, arguments.path), most_listed=arguments.show)
    for line in report(found, arguments.path):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    sys.exit(1 if found.rejections.rejected or not found.texts else 0)


def request_of(arguments: argparse.Namespace, path: Path) -> "Request":
    """Gather what was said of `path`."""
    from alambic.commands.check.survey import Request

    options = {name: getattr(arguments, name) for name in ("id_column", "encoding", "delimiter", "quotes", "split")}
    expected = "what it holds and its name, such as year=AnneeDeces"
    columns = read_named_values("--column", arguments.column, expected=expected)
    return Request(
        path,
        arguments.format,
        text_column=arguments.text_column,
        label_column=arguments.label_column,
        second_column=arguments.second_column,
        separator=arguments.separator,
        options={name: value for name, value in options.items() if value},
        licence=arguments.licence,
        columns=columns,
    )
