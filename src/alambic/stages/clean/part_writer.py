"""What a phase makes of one part of the corpus: shards, and counts."""

from hashlib import sha256
from pathlib import Path

from alambic.data.documents import Document, Shards
from alambic.stages.clean.counts import Counts
from alambic.stages.clean.personal.masking import PersonalData
from alambic.stages.clean.phases import TrackedDocument

# What the artifact keeps, in the end, of all phases and parts.
RESULT = ("train", "held_out", "dropped", "changed")
ORIGINALS, MASK = "originals", "personal_data"
ANNOTATIONS = f"{MASK}: annotations dropped"  # among the steps that changed documents


class PartWriter:
    """Takes documents as the steps leave them."""

    def __init__(self, folder: Path, *, held_out: float, mask: PersonalData | None = None) -> None:
        self.counts, self.share, self.mask = Counts(), held_out, mask
        self._originals = Shards(folder, ORIGINALS)
        self._passing = Shards(folder, "passing", "collected", "changed_by")
        self._dropped, self._changed = Shards(folder, "dropped", "reason"), Shards(folder, "changed", "reason")
        self._train, self._held_out = Shards(folder, "train"), Shards(folder, "held_out")

    def drop(self, document: Document, reason: str) -> None:
        """Take a document that goes no further."""
        self.counts.of(document.source).dropped[reason] += 1
        self._dropped.add(self.mask.without_counting(document) if self.mask else document, reason=reason)

    def note_masked(self, before: TrackedDocument, after: TrackedDocument) -> None:
        """Count the annotations that masking dropped, and keep the document as it was, where that is asked for."""
        if self.mask is None:
            return
        if dropped := self.mask.take_dropped_annotations():
            self.counts.of(after.document.source).changed[ANNOTATIONS] += dropped
        if self.mask.originals and MASK in after.changed_by and MASK not in before.changed_by:
            self._originals.add(before.as_collected)

    def pass_on(self, tracked: TrackedDocument) -> None:
        """Take a document that the next phase goes on with."""
        self._passing.add(tracked.document, collected=tracked.collected, changed_by="; ".join(tracked.changed_by))

    def keep(self, tracked: TrackedDocument) -> None:
        """Take a document that stays in the corpus."""
        document, funnel = tracked.document, self.counts.of(tracked.document.source)
        if tracked.changed_by:
            funnel.changed.update(tracked.changed_by)
            self._changed.add(tracked.as_collected, reason="; ".join(tracked.changed_by))
        shards, part = (
            (self._held_out, self.counts.held_out)
            if is_held_out(document.text, self.share)
            else (self._train, self.counts.train)
        )
        shards.add(document)
        words = len(document.text.split())
        funnel.kept, funnel.words = funnel.kept + 1, funnel.words + words
        part.documents, part.words = part.documents + 1, part.words + words
        self.counts.licences[document.licence] += 1

    def close(self) -> None:
        """Write what waits."""
        for shards in (self._passing, self._dropped, self._changed, self._train, self._held_out, self._originals):
            shards.close()


def is_held_out(text: str, share: float) -> bool:
    """Choose by the text alone: it falls on the same side in every corpus, whatever its source."""
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") < share * 2**64
