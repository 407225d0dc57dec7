"""Make one corpus out of several sources: repair, filter, keep one of each, and set a share apart."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from alambic.clean.decontamination.guard import Guard
from alambic.clean.shards import Shards
from alambic.errors import UserError
from alambic.inputs import Inputs
from alambic.records import Document, read_documents
from alambic.settings import Clean

log = logging.getLogger("alambic.clean")

Step = Callable[[Document], Document | str]
TOLD_EVERY = 50_000  # documents


@dataclass
class Funnel:
    """What became of one source's documents; words are those of the kept ones."""

    collected: int = 0
    kept: int = 0
    words: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def report(self) -> dict[str, Any]:
        """Give the counts as JSON."""
        by_reason = {name: dict(sorted(getattr(self, name).items())) for name in ("dropped", "changed")}
        return {**vars(self), **by_reason}


def run(settings: Clean, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write the shards `train-*` and `held_out-*`, `dropped-*`, and `changed-*` with what was collected.

    The last two have a column `reason`: why a document was dropped, or which steps changed one that was kept.

    Documents pass one by one, so that memory holds a shard and the indexes of duplicates. Of several duplicates the
    first stays: the order of the sources says whose. UserError when nothing is left.
    """
    guard = Guard(settings, inputs)
    steps = [
        ("decontamination", guard.before),
        *(
            (name, import_module(f"alambic.clean.steps.{name}").step(**options))
            for name, options in settings.steps.items()
        ),
        ("decontamination", guard.after),
    ]
    _look_beforehand([step for _, step in steps], inputs)
    train, held_out = Shards(output, "train"), Shards(output, "held_out")
    dropped, changed = Shards(output, "dropped", "reason"), Shards(output, "changed", "reason")
    funnels: dict[str, Funnel] = {}
    licences: Counter[str] = Counter()
    for document in _documents(inputs):
        funnel = funnels.setdefault(document.source, Funnel())
        funnel.collected += 1
        kept, reason, changing = through(steps, document)
        if reason:
            funnel.dropped[reason] += 1
            dropped.add(kept, reason=reason)
            continue
        if changing:
            funnel.changed.update(changing)
            changed.add(document, reason="; ".join(changing))
        funnel.kept += 1
        funnel.words += len(kept.text.split())
        licences[kept.licence] += 1
        (held_out if is_held_out(kept.text, settings.held_out) else train).add(kept)
    for shards in (train, held_out, dropped, changed):
        shards.flush()
    _check_not_empty(train, funnels)
    return {
        "funnel": {source: funnel.report() for source, funnel in funnels.items()},
        "licences": dict(sorted(licences.items())),
        "decontamination": guard.report(),
        "train": {"documents": train.documents, "words": train.words},
        "held_out": {"documents": held_out.documents, "words": held_out.words},
    }


def _look_beforehand(steps: list[Any], inputs: Inputs) -> None:
    """Show every document, as it was collected, to the steps that must know the whole before they change a part."""
    looking = [step.look for step in steps if hasattr(step, "look")]
    for document in _documents(inputs) if looking else ():
        for look in looking:
            look(document)


def through(steps: list[tuple[str, Step]], document: Document) -> tuple[Document, str, list[str]]:
    """Take `document` through the steps.

    Give it as it came out, the reason to drop it, or an empty one, and the steps that changed its text.
    """
    changing: list[str] = []
    for name, step in steps:
        result = step(document)
        if isinstance(result, str):
            return document, f"{name}: {result}", changing
        if result.text != document.text:
            changing.append(name)
        document = result
    return document, "", changing


def is_held_out(text: str, share: float) -> bool:
    """Choose by the text alone: it falls on the same side in every corpus, whatever its source."""
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") < share * 2**64


def _documents(inputs: Inputs) -> Iterator[Document]:
    count = 0
    for folder in inputs["sources"]:
        for document in read_documents(folder):
            yield document
            count += 1
            if count % TOLD_EVERY == 0:
                log.info("%d documents", count)


def _check_not_empty(train: Shards, funnels: dict[str, Funnel]) -> None:
    if not train.documents:
        reasons = {source: dict(funnel.dropped.most_common(3)) for source, funnel in funnels.items()}
        raise UserError(
            f"no document is left to train on; why they were dropped: {reasons}: loosen `steps` or `held_out`"
        )
