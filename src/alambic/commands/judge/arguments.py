"""The arguments of `judge new` and `judge read`."""

import argparse
from pathlib import Path

from alambic.commands.named_values import read_named_values
from alambic.runtime.unused_libraries import leave_out


def add_judge_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare both commands."""
    judge = commands.add_parser("judge", help="have people judge, blind, what systems wrote").add_subparsers(
        metavar="new|read", required=True
    )
    new = judge.add_parser("new", help="write a form for each judge, and the key that says which text is whose")
    new.add_argument(
        "--system",
        action="append",
        required=True,
        metavar="NAME=OUTPUTS",
        help="an item such as predict/student/summaries, or a file with the columns id and written; twice or more",
    )
    new.add_argument("--form", required=True, metavar="NAME|FILE", help="summaries, exercises, or a YAML file")
    new.add_argument("--output", required=True, type=Path, metavar="FOLDER", help="that does not exist yet")
    new.add_argument("--reference", default="", metavar="FILE", help="default: the right texts of the predictions")
    new.add_argument("--texts", default="", metavar="FILE", help="what was read, with the columns id and text")
    new.add_argument("--judges", type=int, default=3, metavar="N")
    new.add_argument("--items", type=int, default=30, metavar="N", help="that each judge sees (default: 30)")
    new.add_argument("--seed", type=int, default=0, help="of the order, and of the choice of items")
    new.add_argument("--system-seed", default="", help="of predictions (default: the first)")
    new.add_argument("--language", default="fr", choices=["fr", "en"], help="that the form shows first")
    new.set_defaults(run=_new)
    read = judge.add_parser("read", help="say which text was whose, with means, intervals and agreement")
    read.add_argument("key", type=Path, help="the file key.json that `judge new` wrote")
    read.add_argument("answers", nargs="+", type=Path, help="the CSV files that judges sent back")
    read.add_argument("--output", required=True, type=Path, metavar="FOLDER")
    read.add_argument("--resamples", type=int, default=5000, metavar="N")
    read.add_argument("--confidence", type=float, default=0.95)
    read.set_defaults(run=_read)


def _new(arguments: argparse.Namespace) -> None:
    leave_out()
    from alambic.commands.judge.new import Choices, make_forms

    expected = "a name and what it wrote, such as student=predict/student/summaries"
    systems = read_named_values("--system", arguments.system, expected=expected)
    choices = Choices(
        form=arguments.form,
        reference=arguments.reference,
        texts=arguments.texts,
        judges=arguments.judges,
        items=arguments.items,
        seed=arguments.seed,
        system_seed=arguments.system_seed,
        language=arguments.language,
    )
    make_forms(systems, choices, arguments.output)


def _read(arguments: argparse.Namespace) -> None:
    from alambic.commands.judge.read import read_judgements

    read_judgements(
        arguments.key,
        arguments.answers,
        arguments.output,
        resamples=arguments.resamples,
        confidence=arguments.confidence,
    )
