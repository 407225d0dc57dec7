"""Keep out of a corpus every text on which models of its experiment will be scored."""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from alambic.data.documents import Document
from alambic.data.inputs import Inputs
from alambic.settings import Clean
from alambic.stages.clean.decontamination.embargo import read_embargo
from alambic.stages.clean.decontamination.index import Index, Leak
from alambic.stages.clean.decontamination.reading import read_words
from alambic.stages.clean.decontamination.text_hashes import TextHasher, TextHashes
from alambic.tasks.scored_texts import scored_texts

log = logging.getLogger("alambic.stages.clean")

_BETWEEN_PARAGRAPHS = re.compile(r"\s*\n\s*")


class DecontaminationFilter:
    """Drops what gives away a test text, and counts for which task, or embargo, and from which source."""

    def __init__(self, settings: Clean, inputs: Inputs) -> None:
        self._indexes = list(_indexes(settings, inputs)) if settings.decontaminate else []
        self._removed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._off = not settings.decontaminate
        if self._off:
            log.warning("decontaminate: false: what is trained on this corpus may have read what it is scored on")

    def check_collected(self, document: Document) -> Document | str:
        """Look at a document as it was collected."""
        return self._checked(document, read_words(document.text)) if self._indexes else document

    def check_cleaned(self, collected: str, document: Document) -> Document | str:
        """Look again at what the steps made of a text: repaired, it may read like a test text not seen before."""
        if not self._indexes or document.text == collected:
            return document
        words = read_words(document.text)
        return document if words == read_words(collected) else self._checked(document, words)

    def take_removed(self) -> dict[str, dict[str, int]]:
        """Give what was removed since the last time, by task or embargo and by source."""
        removed, self._removed = self._removed, defaultdict(Counter)
        return {owner: dict(sources) for owner, sources in removed.items()}

    def report(self, removed: dict[str, dict[str, int]]) -> dict[str, Any]:
        """Give, by task or embargo, its number of test texts, and what was removed because of it from each source."""
        texts = {owner: number for index in self._indexes for owner, number in index.texts().items()}
        because = {
            owner: {"texts": number, "removed": dict(sorted(removed.get(owner, {}).items()))}
            for owner, number in texts.items()
        }
        return {"off": self._off, "because": because}

    def _checked(self, document: Document, words: list[str]) -> Document | str:
        leak = self._find(document, words)
        if leak is None:
            return document
        self._removed[leak.owner][document.source] += 1
        return f"test text of {leak.owner} ({leak.how})"

    def _find(self, document: Document, words: list[str]) -> Leak | None:
        if not words:
            return None
        parts = [part for part in _BETWEEN_PARAGRAPHS.split(document.text) if part] if "\n" in document.text else []
        paragraphs = [read_words(part) for part in parts] if len(parts) > 1 else []
        return next((leak for index in self._indexes if (leak := index.find(words, paragraphs))), None)


def _indexes(settings: Clean, inputs: Inputs) -> Iterator[Index]:
    """Make an index per salt: one for all the tasks, and one for each embargo."""
    if settings.excluded:
        yield Index(TextHasher(), _test_texts(settings, inputs))
    for embargo in settings.embargo:
        name, hasher, hashes = read_embargo(embargo)
        log.info("embargo %s: %d texts", name, len(hashes))
        yield Index(hasher, ((f"embargo {name}", text) for text in hashes))


def _test_texts(settings: Clean, inputs: Inputs) -> Iterator[tuple[str, TextHashes]]:
    hasher = TextHasher()
    for index, task in enumerate(settings.excluded):
        prefix = f"excluded.{index}."
        task_inputs = Inputs(
            {role.removeprefix(prefix): paths for role, paths in inputs.items() if role.startswith(prefix)}
        )
        for text in scored_texts(task, task_inputs):
            if words := read_words(text):
                yield task.name, hasher.hash_text(words)
