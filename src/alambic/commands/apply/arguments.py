"""The arguments of `apply`."""

import argparse
from pathlib import Path

from alambic.commands.check.choices import DELIMITERS, ENCODINGS
from alambic.runtime.unused_libraries import leave_out


def add_apply_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    apply = commands.add_parser("apply", help="answer the texts of files with a fine-tuned model")
    apply.add_argument("model", help="a model's folder, or an item such as finetune/student/entities/seed1")
    apply.add_argument("files", nargs="+", help="txt, csv, tsv, jsonl, parquet, folders of them, or - (a text a line)")
    apply.add_argument("--output", type=Path, default=None, help="file or, for brat, folder; default: standard output")
    apply.add_argument("--format", default="jsonl", choices=["jsonl", "csv", "brat", "conll"])
    apply.add_argument("--text-column", default="text", help="of tables (default: text)")
    apply.add_argument("--id-column", default="", help="of tables; without it a text is named by its file and row")
    apply.add_argument("--second-column", default="", help="of tables, for a model of pairs: the other text")
    apply.add_argument("--encoding", default="utf-8", choices=ENCODINGS)
    apply.add_argument("--quotes", default="double", choices=["double", "none"], help="in CSV files")
    apply.add_argument("--delimiter", default="auto", choices=DELIMITERS, help="in CSV files")
    apply.add_argument("--by-line", action="store_true", help="a text a line of .txt files, not a text a file")
    engines = ["auto", "torch", "onnx", "int8"]
    apply.add_argument("--engine", default="auto", choices=engines, help="int8 is quicker, and not quite the same")
    apply.add_argument("--threads", type=int, default=0, metavar="N", help="of the CPU (default: all)")
    apply.set_defaults(run=_apply)


def _apply(arguments: argparse.Namespace) -> None:
    leave_out()
    from alambic.commands.apply.run import apply
    from alambic.commands.apply.texts import Reading

    how = Reading(
        text_column=arguments.text_column,
        id_column=arguments.id_column,
        second_column=arguments.second_column,
        encoding=arguments.encoding,
        quotes=arguments.quotes,
        delimiter=arguments.delimiter,
        by_line=arguments.by_line,
    )
    apply(
        arguments.model,
        arguments.files,
        how,
        output=arguments.output,
        form=arguments.format,
        threads=arguments.threads,
        engine=arguments.engine,
    )
