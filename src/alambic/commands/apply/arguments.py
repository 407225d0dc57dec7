"""The arguments of `apply`."""

import argparse
from pathlib import Path

from alambic.commands.check.choices import DELIMITERS, ENCODINGS
from alambic.commands.named_values import read_named_values
from alambic.errors import UserError
from alambic.runtime.unused_libraries import leave_out


def add_apply_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    apply = commands.add_parser(
        "apply", help="answer the texts of files, or code certificates, with a fine-tuned model"
    )
    apply.add_argument(
        "model",
        help="a model's folder, or an item such as finetune/student/entities/seed1; for certificates also the "
        "dictionary, predict/dictionary/TASK",
    )
    apply.add_argument("files", nargs="+", help="txt, csv, tsv, jsonl, parquet, folders of them, or - (a text a line)")
    apply.add_argument("--output", type=Path, default=None, help="file or, for brat, folder; default: standard output")
    formats = ["jsonl", "csv", "brat", "conll"]
    apply.add_argument("--format", default=None, choices=formats, help="default: jsonl, and csv for certificates")
    apply.add_argument("--text-column", default=None, help="of tables (default: text)")
    apply.add_argument("--id-column", default="", help="of tables; without it a text is named by its file and row")
    apply.add_argument("--second-column", default="", help="of tables, for a model of pairs: the other text")
    apply.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="NAME=DESCRIPTION",
        help="of a model of typed_spans: a type of entity to be found instead of those that it learnt; several times",
    )
    apply.add_argument("--encoding", default="utf-8", choices=ENCODINGS)
    apply.add_argument("--quotes", default="double", choices=["double", "none"], help="in CSV files")
    apply.add_argument("--delimiter", default="auto", choices=DELIMITERS, help="in CSV files")
    apply.add_argument("--by-line", action="store_true", help="a text a line of .txt files, not a text a file")
    engines = ["auto", "torch", "onnx", "int8"]
    apply.add_argument("--engine", default="auto", choices=engines, help="int8 is quicker, and not quite the same")
    apply.add_argument("--threads", type=int, default=0, metavar="N", help="of the CPU (default: all)")
    _add_certificates(apply.add_argument_group("a file of death certificates, which its columns tell"))
    apply.set_defaults(run=_apply)


def _add_certificates(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--calibration", default="", metavar="ITEM", help="of `calibrate`, such as calibrate/certificates"
    )
    group.add_argument(
        "--risk", type=float, default=None, metavar="ALPHA", help="default: the calibration's middle one"
    )
    group.add_argument(
        "--guarantee",
        default=None,
        choices=["all", "group"],
        help="whose risk is guaranteed: that of all automated certificates together (default), or that of each group "
        "on its own, which says nothing of the whole",
    )
    group.add_argument("--explain", action="store_true", help="of lines for a person: words that mattered, coded texts")
    group.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="HOLDS=NAME",
        help="a column that bears another name, such as text=CAUSE; may be given several times",
    )
    group.add_argument("--processes", type=int, default=1, metavar="N", help="each of one thread, unless --threads")


def _apply(arguments: argparse.Namespace) -> None:
    leave_out()
    if arguments.threads < 0:
        raise UserError(f"--threads {arguments.threads}: expected 1 or more, or 0 for all")
    if _are_certificates(arguments):
        _code(arguments)
        return
    from alambic.commands.apply.run import apply
    from alambic.commands.apply.texts import Reading

    how = Reading(
        text_column=arguments.text_column or "text",
        id_column=arguments.id_column,
        second_column=arguments.second_column,
        encoding=arguments.encoding,
        quotes=arguments.quotes,
        delimiter=arguments.delimiter,
        by_line=arguments.by_line,
    )
    expected = "a type and what it is, such as DRUG='name of a drug'"
    apply(
        arguments.model,
        arguments.files,
        how,
        output=arguments.output,
        form=arguments.format or "jsonl",
        threads=arguments.threads,
        engine=arguments.engine,
        types=read_named_values("--type", arguments.type, expected=expected),
    )


def _are_certificates(arguments: argparse.Namespace) -> bool:
    """Tell whether the first file is one of certificates: by what codes, by an option for them alone, by its columns.

    A column of texts that is named says no. UserError where the file is not there.
    """
    from alambic.commands.apply.certificates.reading import is_certificates
    from alambic.commands.apply.certificates.systems import is_dictionary
    from alambic.commands.apply.texts import check_there

    check_there(arguments.files)
    options = (arguments.calibration, arguments.guarantee, arguments.explain, arguments.column)
    if any(options) or arguments.risk is not None or arguments.processes != 1 or is_dictionary(arguments.model):
        return True
    return arguments.text_column is None and is_certificates(Path(arguments.files[0]))


def _code(arguments: argparse.Namespace) -> None:
    from alambic.commands.apply.certificates.run import Coding, code_certificates

    if len(arguments.files) > 1:
        raise UserError(f"{len(arguments.files)} files: certificates are coded one file at a time")
    if arguments.format not in (None, "csv"):
        raise UserError(f"--format {arguments.format}: certificates are written as csv, with the columns of the file")
    if arguments.text_column is not None:
        raise UserError(
            f"--text-column {arguments.text_column}: certificates are coded; name their column as "
            f"--column text={arguments.text_column}"
        )
    if arguments.processes < 1:
        raise UserError(f"--processes {arguments.processes}: expected 1 or more")
    expected = "what it holds and its name, such as text=CAUSE"
    columns = read_named_values("--column", arguments.column, expected=expected)
    how = Coding(
        columns=columns,
        calibration=arguments.calibration,
        risk=arguments.risk,
        guarantee=arguments.guarantee,
        explain=arguments.explain,
        engine=arguments.engine,
        processes=arguments.processes,
        threads=arguments.threads,
    )
    code_certificates(arguments.model, Path(arguments.files[0]), how, output=arguments.output)
