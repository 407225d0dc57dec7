"""The command that makes an embargo: who holds test texts gives their traces to those who must not train on them."""

import argparse
import secrets
import sys
from pathlib import Path
from typing import Any

from alambic.errors import UserError

SALT = 16  # bytes


def add_embargo_command(commands: Any) -> None:
    """Add the command `embargo`."""
    embargo = commands.add_parser(
        "embargo",
        help="make a list of hashes of test texts, by which others keep them out of their corpora",
        description="The list holds no word. Who has it and a text can tell whether the text is listed, so that short "
        "texts, such as labels, can be guessed by trying.",
    )
    embargo.add_argument("folder", type=Path, help="txt files, a text each, or jsonl, csv, tsv, parquet, a text a row")
    embargo.add_argument("--name", required=True, help="what reasons and reports call it, such as parhaf-test")
    embargo.add_argument("--to", type=Path, default=None, metavar="FILE", help="default: NAME.embargo.parquet")
    embargo.add_argument("--text-column", default="text", help="of jsonl, csv, tsv and parquet")
    embargo.set_defaults(run=make_embargo)


def make_embargo(arguments: argparse.Namespace) -> None:
    """Write the list, and print the setting by which a corpus reads it."""
    from alambic.data.checksums import checksum
    from alambic.data.local_data import folder_digest
    from alambic.stages.clean.decontamination.embargo import write_embargo
    from alambic.stages.collect.sources.folder import fetch

    folder, path = arguments.folder, arguments.to or Path(f"{arguments.name}.embargo.parquet")
    if not folder.is_dir():
        raise UserError(f"embargo: no folder {folder}: give one with txt, jsonl, csv, tsv or parquet files")
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"embargo: {path} can be no file: give --to a file in a folder that is there")
    documents = fetch(path=str(folder), digest=folder_digest(folder), licence="none", text_column=arguments.text_column)
    salt = secrets.token_bytes(SALT)
    count = write_embargo((document.text for document in documents), path, name=arguments.name, salt=salt)
    if not count:
        path.unlink()
        raise UserError(f"embargo: {folder} holds no text: expected txt, jsonl, csv, tsv or parquet files")
    digest = checksum(path)
    sys.stdout.write(f"# {count} texts; in the settings of a corpus:\nembargo:\n")
    sys.stdout.write(f"  - path: {path.absolute()}\n    sha256: {digest}\n")
