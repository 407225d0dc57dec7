"""MORFITT: French abstracts of PubMed, each with one or several of twelve specialities.

Holds: 1,514 abstracts to learn from, 1,022 to tune on; a third part is for testing. The specialities are in the column
`specialities`, joined by `|`, as the task `document_labels` reads them.

Licence and conditions: CC BY-SA 4.0 (README of its repository; the card on the hub says Apache-2.0).
Revision: the commit COMMIT of its repository, each file by its sha256.
To cite: Labrak, Rouvier and Dufour 2023, MORFITT: Un corpus multi-labels d'articles scientifiques français dans le
domaine biomédical, https://hal.science/hal-04131591.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.pinned import bring_split
from alambic.stages.collect.tables import read_documents

LICENCE = "CC-BY-SA-4.0"
COMMIT = "049ee5d430db06a2e0edbcde2d6beac38e817f0f"
SHA256 = {
    "train": "504bca4e1cd42a6fe04b6d51a07f74c9141029ec4073d53db43b4d0007b49fce",
    "dev": "7763615d50e1d68b6a5b95d261ef72a915003a6ae83830f35e561ac11a8cd8a7",
}


def fetch(
    rejections: Rejections = STRICT,
    *,
    split: Literal["train", "dev", "test"],
    url: Annotated[str, Field(pattern=r"^(https?://.*)?$")] = "",
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = "",
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-SA-4.0",
) -> Iterator[Document]:
    """Yield one document per abstract; the digest of `test` is not known here, and is to be given."""
    split_url = url or f"https://raw.githubusercontent.com/qanastek/MORFITT/{COMMIT}/{split}.tsv"
    path = bring_split("morfitt", split, split_url, sha256 or SHA256.get(split, ""))
    for document in read_documents(
        path,
        f"{split}.tsv",
        text_column="abstract",
        id_column="identifier",
        source="morfitt",
        licence=licence,
        language="fr",
        url=split_url,
        rejections=rejections,
    ):
        yield replace(document, text=document.text.strip())  # each begins with a space
