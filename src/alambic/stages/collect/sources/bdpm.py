"""The public database of medicines of France (BDPM): names, substances, the HAS's opinions, and whole summaries (RCP).

Holds one table at a time: `specialities` (15,000 names), `presentations` (boxes), `reimbursement` (indications that
are paid for), `substances`, `generics` (groups), `prescription` (conditions), `smr` and `asmr` (why the HAS rates a
medicine as it does: sentences), `warnings` (titles of safety information), `rcp` (the summary of each product's
characteristics, whole: by far most of the prose). Tables are lines of cells between tabs, without quotes and without a
header, in Windows-1252 or UTF-8: which of the two is read from the file. A text that several lines have is given once,
with the first one's cells.

`rcp` is CIS_RCP.zip of the data set "Base de données publique des médicaments (défi iDoc Santé)" of data.gouv.fr, of
May 2022: CSV with the header Code_CIS, RCP_html; its apostrophes and dashes, damaged there, are repaired. Somebody
reported that it is served empty by now. The leaflets for patients are in no file; E3C's `layer3` has those of 2021.

Licence and conditions: public information of ANSM, HAS and UNCAM; others who use it state the Licence Ouverte, its own
page of conditions was not read where this was written.
Revision: the sha256 of the file. The site serves today's edition at one address, a new one every day: download it, and
keep the file under `downloads/` by the name that the error gives.
To cite: Base de données publique des médicaments, https://base-donnees-publique.medicaments.gouv.fr, with the date of
the edition.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.stages.collect.bdpm_files import SITE, TABLES, iso, read
from alambic.stages.collect.markup import as_read
from alambic.stages.collect.pinned import bring

LICENCE = "LicenseRef-BDPM"


def fetch(
    rejections: Rejections = STRICT,
    *,
    table: Literal[
        "specialities",
        "presentations",
        "reimbursement",
        "substances",
        "generics",
        "prescription",
        "smr",
        "asmr",
        "warnings",
        "rcp",
    ],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    url: Annotated[str, Field(pattern=r"^(https?://.*)?$")] = "",
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-BDPM",
) -> Iterator[Document]:
    """Yield one document per distinct text of `table`; `url` says where `warnings` is."""
    layout = TABLES[table]
    table_url = url or layout.url
    if not table_url:
        raise UserError(
            f"source 'bdpm' knows no address of its table '{table}': give its `url` (see {SITE}/telechargement)"
        )
    seen: set[bytes] = set()  # digests: the summaries would be 1 GB
    for number, cells in read(bring(table_url, sha256), layout, rejections):
        text = as_read(cells[layout.text])
        digest = blake2b(text.encode(), digest_size=16).digest()
        if not text:
            rejections.leave_out(f"rows without a text in their column '{layout.text}'")
        elif digest in seen:
            rejections.leave_out("texts that another row has too")
        else:
            seen.add(digest)
            cis = cells.get("cis", "")
            yield Document(
                id=f"{table}/{cis or number}" + (f"/{number}" if cis and table not in ("specialities", "rcp") else ""),
                text=text,
                source="bdpm",
                url=f"{SITE}/medicament/{cis}/extrait" if cis else table_url,
                licence=licence,
                date=iso(cells.get("date", "")),
                metadata={"table": table, **{name: cell for name, cell in cells.items() if name != layout.text}},
            )
