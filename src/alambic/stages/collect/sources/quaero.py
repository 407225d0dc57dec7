"""The QUAERO French Medical Corpus: leaflets (EMEA) and titles (MEDLINE), annotated with entities in brat's format.

Holds: about 850 documents in each of `train`, `dev` and `test`; ten types of entities with their UMLS concepts. The
text stays as it is, to the character, because annotations point into it by offsets.

Licence and conditions: GNU FDL, without a version in its README.
Revision: the sha256 of the archive; the one given here is that of public code that reads the same address.
To cite: Névéol et al. 2014, The QUAERO French Medical Corpus: A Ressource for Medical Entity Recognition and
Normalization, BioTxtM 2014, 24-30.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.downloads import from_url
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.annotated import decoded, pairs
from alambic.stages.collect.archive_members import read_members

LICENCE = "GFDL-1.3-or-later"


def fetch(
    rejections: Rejections = STRICT,
    *,
    split: Literal["train", "dev", "test"],
    url: Annotated[str, Field(pattern=r"^https?://")] = "https://quaerofrenchmed.limsi.fr/QUAERO_FrenchMed_brat.zip",
    sha256: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$")
    ] = "2cf8b5715d938fdc1cd02be75c4eaccb5b8ee14f4148216b8f9b9e80b2445c10",
    licence: Annotated[str, Field(min_length=1)] = "GFDL-1.3-or-later",
) -> Iterator[Document]:
    """Yield one document per text of `split`, with its annotations, in the order of their names."""
    archive = from_url(url, sha256, filename=f"{sha256[:12]}-quaero.zip")
    files = dict(read_members(archive, f"*corpus/{split}/*"))
    for name, marks in pairs(files.keys(), rejections, within=f"{archive.name}/"):
        if (content := decoded(files[name], files[marks], f"{archive.name}/{name}", rejections)) is not None:
            path = PurePosixPath(name)
            yield Document(
                id=f"{split}/{path.parent.name}/{path.stem}",
                text=content[0],
                source="quaero",
                url=url,
                licence=licence,
                metadata={"annotations": content[1], "subset": path.parent.name},
            )
