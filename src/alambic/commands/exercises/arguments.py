"""The arguments of `exercises`."""

import argparse
from pathlib import Path

from alambic.runtime.unused_libraries import leave_out


def add_exercises_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    exercises = commands.add_parser("exercises", help="write exercises as CSV, for Moodle (XML, GIFT), or as a page")
    exercises.add_argument("outputs", help="an item such as predict/student/exercises, its folder, or a file of lines")
    exercises.add_argument(
        "--output", required=True, type=Path, metavar="FILE", help="its ending chooses: .csv, .xml, .gift or .html"
    )
    exercises.add_argument("--column", default="written", help="of a table, the one with the lines (default: written)")
    exercises.add_argument("--seed", default="", help="of predictions (default: the first)")
    exercises.add_argument("--category", default="", help="of Moodle's question bank, into which they go")
    exercises.add_argument("--language", default="fr", choices=["fr", "en"], help="that the page shows first")
    exercises.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> None:
    leave_out()
    from alambic.commands.exercises.run import export

    export(
        arguments.outputs,
        arguments.output,
        column=arguments.column,
        seed=arguments.seed,
        category=arguments.category,
        language=arguments.language,
    )
