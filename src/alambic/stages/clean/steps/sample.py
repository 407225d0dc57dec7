"""Keep a share of the documents, always the same ones: a smaller corpus for a shorter run."""

import hashlib
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document


def step(*, share: Annotated[float, Field(gt=0, le=1)] = 1.0) -> Callable[[Document], Document | str]:
    """Return what keeps a document when the hash of its source and id falls within `share`."""

    def keep(document: Document) -> Document | str:
        digest = hashlib.sha256(f"{document.source}/{document.id}".encode("utf-8", "surrogatepass")).digest()
        return document if int.from_bytes(digest[:8], "big") < share * 2**64 else "outside the sample"

    return keep
