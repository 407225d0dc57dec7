"""What a phase makes of one part of the corpus: shards, and counts."""

from hashlib import sha256
from pathlib import Path

from alambic.data.documents import Document, Shards
from alambic.stages.clean.counts import Tally
from alambic.stages.clean.phases import Passing

# What the artifact keeps, in the end, of all phases and parts.
RESULT = ("train", "held_out", "dropped", "changed")


class Outcome:
    """Takes documents as the steps leave them."""

    def __init__(self, folder: Path, *, held_out: float) -> None:
        self.tally, self.share = Tally(), held_out
        self._passing = Shards(folder, "passing", "collected", "changed_by")
        self._dropped, self._changed = Shards(folder, "dropped", "reason"), Shards(folder, "changed", "reason")
        self._train, self._held_out = Shards(folder, "train"), Shards(folder, "held_out")

    def drop(self, document: Document, reason: str) -> None:
        """Take a document that goes no further."""
        self.tally.of(document.source).dropped[reason] += 1
        self._dropped.add(document, reason=reason)

    def hand_on(self, one: Passing) -> None:
        """Take a document that the next phase goes on with."""
        self._passing.add(one.document, collected=one.collected, changed_by="; ".join(one.changed_by))

    def keep(self, one: Passing) -> None:
        """Take a document that stays in the corpus."""
        document, funnel = one.document, self.tally.of(one.document.source)
        if one.changed_by:
            funnel.changed.update(one.changed_by)
            self._changed.add(one.as_collected, reason="; ".join(one.changed_by))
        shards, part = (
            (self._held_out, self.tally.held_out)
            if is_held_out(document.text, self.share)
            else (self._train, self.tally.train)
        )
        shards.add(document)
        words = len(document.text.split())
        funnel.kept, funnel.words = funnel.kept + 1, funnel.words + words
        part.documents, part.words = part.documents + 1, part.words + words
        self.tally.licences[document.licence] += 1

    def close(self) -> None:
        """Write what waits."""
        for shards in (self._passing, self._dropped, self._changed, self._train, self._held_out):
            shards.close()


def is_held_out(text: str, share: float) -> bool:
    """Choose by the text alone: it falls on the same side in every corpus, whatever its source."""
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") < share * 2**64
