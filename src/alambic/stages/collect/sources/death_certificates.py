"""Death certificates as CLEF eHealth 2016 to 2018 and CépiDc have them: a document for each line, with its codes.

The folder holds the campaign's files as they are, at any depth: aligned ones (`AlignedCauses_*.csv`), or raw ones in
three files (`CausesBrutes_*`, `CausesCalculees_*`, `Ident_*`), with CLEF's column names or those of CépiDc's export
(`NumCertificat`, `LigneCause`...), also several years together. What a file holds is told by its columns, not by its
name; `columns` names those that are called otherwise, as `{year: AnneeDeces}`, and is right where a file has the usual
name too. Files that hold no certificates, such as the dictionaries, are left out and logged; a file that has columns of
certificates and gives none is rejected. Files are in UTF-8, Windows-1252, Latin-1 or UTF-16, with any line ends.

Rows with separators, quotation marks or line ends in their texts are put together where one reading alone is possible;
other rows are rejected with their number, as are rows that contradict another, and codes of a line without a text.
Their certificate is marked `incomplete`: it may be learnt from, not scored. Where rows do not say the year and a number
is in two files, or begins again in one, all rows of it are rejected. Marks after a code are read away, an age or a sex
that cannot be is left out. Empty lines (`!`) are left out.

Licence and conditions: an agreement with Inserm-CépiDc, or with CLEF: nothing may be passed on.
To cite: Lavergne et al. 2016, A Dataset for ICD-10 Coding of Death Certificates: Creation and Usage, BioTxtM 2016;
Névéol et al. 2017 and 2018, the overviews of the campaign (CEUR-WS 1866 and 2125).
"""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import files_below, pinned_folder
from alambic.data.rejected import SHOWN, STRICT, Rejections
from alambic.errors import UserError
from alambic.plugins import Place
from alambic.stages.collect.certificates.assembly import Assembly
from alambic.stages.collect.certificates.columns import Header, check_own
from alambic.stages.collect.certificates.rows import WrongRow, note_repairs, read_rows
from alambic.stages.collect.compressed import unpacked_name

log = logging.getLogger("alambic.stages.collect")

SUFFIXES = (".csv", ".txt", ".tsv")
EXPECTED = (
    "columns such as DocID, LineID and RawText, or NumCertificat, LigneCause and TexteLigneCause; name others by "
    "`columns`"
)


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    columns: dict[str, str] = {},  # noqa: B006
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-user-agreement",
) -> Iterator[Document]:
    """Yield one document per line of a certificate that has a text, in the order of certificates and lines."""
    check_own(columns)
    assembly = Assembly(rejections)
    _read_all(files_below(pinned_folder(path, digest)), path, columns, assembly)
    for identifier, text, metadata, place in assembly.documents():
        rejections.at(place)
        yield Document(
            id=identifier,
            text=text,
            source="death_certificates",
            url="",
            licence=licence,
            date=metadata.get("year", ""),
            metadata=metadata,
        )


def _read_all(files: Mapping[str, Path], path: str, columns: Mapping[str, str], assembly: Assembly) -> None:
    """Add the rows of all files; UserError where none has lines, or none a column that `columns` names."""
    kinds, left_out = set(), []
    names: dict[str, None] = {}  # of columns, in the order of the files
    for name, file in files.items():
        if not unpacked_name(name).endswith(SUFFIXES):
            left_out.append(f"no table: {name}")
            continue
        header = _read(file, name, columns, assembly)
        kinds.add(header.kind)
        names |= dict.fromkeys(header.names)
        if header.columns and not header.kind and not header.seems_meant:
            left_out.append(f"no certificates by its columns: {name}")
    _leave_out(assembly.rejections, left_out)
    known = {name.lower() for name in names}
    if absent := [f"{column}: {name}" for column, name in columns.items() if name.lower() not in known]:
        raise UserError(f"death_certificates: columns: {{{', '.join(absent)}}}: no file of {path} has such a column")
    if not kinds & {"aligned", "lines"}:
        raise UserError(
            f"death_certificates: {path} holds no file with lines of certificates: expected {EXPECTED}; the columns "
            f"there: {', '.join(list(names)[:20]) or 'none'}"
        )


def _read(file: Path, name: str, columns: Mapping[str, str], assembly: Assembly) -> Header:
    """Add the rows of a file; a file that is empty, or seems to be one of certificates and gives none, is rejected."""
    header, rows = read_rows(file, name, columns)
    if not header.columns:
        assembly.rejections.add(name, "an empty file")
    if header.seems_meant:
        reason = f"no certificates by its columns: {', '.join(header.names[:12])}; expected {EXPECTED}"
        assembly.rejections.add(name, reason)
    if not header.kind:
        return header
    is_empty = True
    for row in rows:
        is_empty = False
        if isinstance(row, WrongRow):
            assembly.rejections.add(row.place, row.reason, row.content, rows=row.lines)
            assembly.lose(row.certificate)
        else:
            assembly.add(row, note_repairs(row, header, assembly.rejections))
    if is_empty:
        assembly.rejections.add(name, "no row below the names of the columns")
    return header


def _leave_out(rejections: Rejections, files: list[str]) -> None:
    for each in files:
        rejections.leave_out(each)
    if files:
        more = f"; and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
        log.warning("%d files are left out: %s%s", len(files), "; ".join(files[:SHOWN]), more)
