"""Files of death certificates: recognised by their columns, and what `check` says of them alone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alambic.data.documents import Document
from alambic.data.local_data import files_below
from alambic.errors import UserError
from alambic.stages.collect.certificates.rows import read_rows
from alambic.stages.collect.compressed import unpacked_name
from alambic.stages.collect.sources.death_certificates import SUFFIXES

FORM = "death_certificates"
TASK = {"task": FORM}
# A further item that the task needs; by default it lacks codes of external causes.
LABELS = ("icd10", {"source": "icd10_fr", "external_causes": 1_000_000})


def is_certificates(path: Path, own: Mapping[str, str]) -> bool:
    """Tell whether some file has the number of a certificate and of a line, and the text or the codes of it."""
    return any(
        _has_lines(file, name, own)
        for name, file in files_below(path).items()
        if unpacked_name(name).endswith(SUFFIXES)
    )


def _has_lines(file: Path, name: str, own: Mapping[str, str]) -> bool:
    try:
        header, _ = read_rows(file, name, own)
    except UserError:  # whoever reads it as what it is says why
        return False
    return {"certificate", "line"} <= set(header.columns)


def codes_of(document: Document) -> list[str]:
    """Give the codes of a line; none where nobody coded it."""
    return [entry["code"] for entry in json.loads(document.metadata.get("codes", "[]"))]


def report(certificates: Mapping[str, bool], lines: int) -> Iterator[str]:
    """Say how many certificates there are and how many are coded; `certificates` tells for each whether it is."""
    coded, total = sum(certificates.values()), len(certificates)
    yield f"{total:,} certificates with {lines:,} lines: {coded:,} are coded, {total - coded:,} not"


def settings(name: str) -> dict[str, Any]:
    """Give the data of a task on these certificates."""
    return {"certificates": name, "labels": LABELS[0]}
