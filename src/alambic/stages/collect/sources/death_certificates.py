"""Death certificates as CLEF eHealth 2016 to 2018 and CépiDc have them: a document for each line, with its codes.

The folder holds the campaign's files as they are, at any depth: aligned ones (`AlignedCauses_*.csv`), or raw ones in
three files (`CausesBrutes_*`, `CausesCalculees_*`, `Ident_*`), with CLEF's column names or those of CépiDc's export
(`NumCertificat`, `LigneCause`...), also several years together. What a file holds is told by its columns, not by its
name; `columns` names those that are called otherwise, as `{year: AnneeDeces}`. Files that hold no certificates, such as
the dictionaries, are left out and counted.

Rows with separators, quotation marks or line ends in their texts are put together where one reading alone is possible;
other rows are rejected with their number, as are rows that contradict another, and codes of a line without a text.
Their certificate is marked `incomplete`: it may be learnt from, not scored. Empty lines (`!`) are left out.

Licence and conditions: an agreement with Inserm-CépiDc, or with CLEF: nothing may be passed on.
To cite: Lavergne et al. 2016, A Dataset for ICD-10 Coding of Death Certificates: Creation and Usage, BioTxtM 2016;
Névéol et al. 2017 and 2018, the overviews of the campaign (CEUR-WS 1866 and 2125).
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import files_below, pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.plugins import Place
from alambic.stages.collect.certificates.assembly import Assembly
from alambic.stages.collect.certificates.columns import check_own
from alambic.stages.collect.certificates.rows import WrongRow, note_repairs, read_rows
from alambic.stages.collect.compressed import unpacked_name

SUFFIXES = (".csv", ".txt", ".tsv")


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
    assembly, kinds = Assembly(rejections), set()
    for name, file in files_below(pinned_folder(path, digest)).items():
        if not unpacked_name(name).endswith(SUFFIXES):
            rejections.leave_out(f"no table: {name}")
            continue
        header, rows = read_rows(file, name, columns)
        if not header.kind:
            rejections.leave_out(f"no certificates by its columns: {name}")
            continue
        kinds.add(header.kind)
        for row in rows:
            if isinstance(row, WrongRow):
                rejections.add(row.place, row.reason, row.content, rows=row.lines)
                assembly.lose(row.certificate)
            else:
                assembly.add(row, note_repairs(row, header, rejections))
    if not kinds & {"aligned", "lines"}:
        raise UserError(
            f"death_certificates: {path} holds no file with lines of certificates: expected columns such as "
            "DocID, LineID and RawText, or NumCertificat, LigneCause and TexteLigneCause; name others by `columns`"
        )
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
