"""A cleaning step by itself, a survey too."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alambic.data.documents import Document
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.two_pass_step import TwoPassStep


def take_through(step: Any, documents: Sequence[Document], *, parts: int = 1) -> list[Document | str]:
    """Take documents through a step; a survey sees them cut into `parts`, the last ones shorter or empty."""
    if not isinstance(step, TwoPassStep):
        return [step(document) for document in documents]
    size = -(-len(documents) // parts) or 1
    cut = [documents[part * size : (part + 1) * size] for part in range(parts)]
    with tempfile.TemporaryDirectory() as folder:
        store = KeyStore(Path(folder), parts)
        for part, found in enumerate(cut):
            store.write(part, [step.extract_keys(document) for document in found])
        step.flag_keys(store)
        store.forget_rows()
        return [
            step.apply_flags(document, flags)
            for part, found in enumerate(cut)
            for document, flags in zip(found, store.flags(part), strict=True)
        ]
