"""The French labels of ICD-11, as published on 12 March 2024.

Holds: about 33,000 labels of diseases, findings, anatomy, substances and agents; some read as machine translated.
Those that are the same in English (names of drugs and species) are left out: they teach no French.

Licence and conditions: (c) World Health Organization, under the ICD-11 Terms of Use and License Agreement
(CC BY-ND 3.0 IGO: the source is named, nothing adapted is shared); the package that carries it (CERTIC, université
de Caen) is under CeCILL-C.
To cite: WHO, International Classification of Diseases, 11th revision, https://icd.who.int; CERTIC, cim-11-CERTIC 0.6.5.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from alambic.data.documents import Document
from alambic.data.downloads import from_index
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.archives import read_member

ARCHIVE = "cim_11_certic-0.6.5.tar.gz"
ARCHIVE_SHA256 = "c14f18120d87f864f5704c6aa36ac5425b889d9010e5281204d34963b9566aae"
MEMBER = "cim_11_certic-0.6.5/cim_11/cim-11.sqlite3"
MEMBER_SHA256 = "c556156c3c303814893da9c1e1cac41215b01f77b674a1c2c04d93d3606394cf"

# The plain table below the full-text one: it reads without SQLite's FTS5 extension.
QUERY = "SELECT c0, c1, c2, c4 FROM cim11_content ORDER BY id"


def fetch(rejections: Rejections = STRICT, *, licence: str = "LicenseRef-WHO-ICD-11") -> Iterator[Document]:
    """Yield one document per entity whose French label differs from the English one."""
    content = read_member(from_index("cim-11-CERTIC", ARCHIVE, ARCHIVE_SHA256), MEMBER, MEMBER_SHA256)
    for entity, code, french, english in _rows(content):
        if not french or _folded(french) == _folded(english or ""):
            rejections.leave_out("labels that are missing, or the same in English")
        else:
            yield Document(
                id=entity.rsplit("/entity/")[-1],
                text=french,
                source="icd11_fr",
                url=entity,
                licence=licence,
                date="2024-03-12",
                metadata={"code": code or "", "english": english or ""},
            )


def _rows(content: bytes) -> list[tuple[str, str | None, str | None, str | None]]:
    with TemporaryDirectory() as folder:  # SQLite opens files only; Python 3.11's deserialize is not always built in
        file = Path(folder) / "icd11.sqlite3"
        file.write_bytes(content)
        connection = sqlite3.connect(file)
        try:
            return connection.execute(QUERY).fetchall()
        finally:
            connection.close()


def _folded(label: str) -> str:
    return " ".join(label.casefold().split())
