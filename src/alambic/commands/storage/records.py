"""Snakemake's records, a file per output: those of outputs that are gone."""

from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Iterator
from pathlib import Path

from alambic.data import manifest
from alambic.data.artifact import TWIN
from alambic.planning.artifact import ARTIFACTS

RECORDS = Path(".snakemake/metadata")


def stale_records() -> Iterator[Path]:
    """Find the records of manifests that exist no more."""
    for path in sorted(RECORDS.rglob("*")):
        output = _output_of(path)
        if output is not None and not output.exists() and not output.with_name(TWIN).exists():
            yield path


def _output_of(record: Path) -> Path | None:
    """Decode a record's name, which Snakemake cuts into folders `@...` where it is long; None if it is no manifest."""
    if not record.is_file():
        return None
    coded = "".join(part.removeprefix("@") for part in record.relative_to(RECORDS).parts)
    try:
        output = Path(urlsafe_b64decode(coded).decode())
    except (Error, UnicodeDecodeError):
        return None
    return output if output.name == manifest.FILE and output.is_relative_to(ARTIFACTS) else None
