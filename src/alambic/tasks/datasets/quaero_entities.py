"""Ten types of medical entities in French leaflets (EMEA) and titles (MEDLINE): QUAERO, in brat's format.

Its entities nest and have gaps; flat tags need a rule, which every score names. `flat`: which of two overlapping
entities stays. `gaps`: an entity in fragments becomes the span that covers them, or its first fragment.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import NonNegativeInt

from alambic.data.documents import Document, read_documents
from alambic.data.standoff import read_entities
from alambic.errors import UserError
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.iob2 import Span, tag_names, to_tags
from alambic.tasks.sampling import sample
from alambic.tasks.words import WORDS, word_offsets

HEAD = "token_classification"
BASELINE = "entity_dictionary"
METRICS = ("entity_f1",)


def load(
    train: Path,
    dev: Path,
    test: Path,
    *,
    score_on: Literal["dev", "test"] = "test",
    flat: Literal["longest", "shortest"] = "longest",
    gaps: Literal["covering", "first"] = "covering",
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read three collected brat folders; one dataset per subset of the one that is scored."""
    learnt = [_example(document, flat=flat, gaps=gaps) for document in read_documents(train)]
    scored: defaultdict[str, list[Example]] = defaultdict(list)
    for document in read_documents(dev if score_on == "dev" else test):
        scored[document.metadata.get("subset") or "all"].append(_example(document, flat=flat, gaps=gaps))
    types = {tag[2:] for example in learnt for tag in example.gold if tag != "O"}
    if not types:
        raise UserError(f"quaero_entities: no entity in {train}: expected a collected brat folder with annotations")
    return TaskData(
        head=HEAD,
        labels=tag_names(types),
        train=sample(learnt, limit=train_limit, seed=seed),
        test={name: sample(examples, limit=test_limit, seed=seed) for name, examples in sorted(scored.items())},
        conversion=f"split={score_on}|flat={flat}|gaps={gaps}|{WORDS}",
    )


def scored_texts(dev: Path, test: Path) -> Iterator[str]:
    """Give the texts of both splits: what was chosen on one is not trained on for the other."""
    return (document.text for folder in (dev, test) for document in read_documents(folder))


def read_spans(annotations: str, text: str, *, gaps: str) -> list[Span]:
    """Read the entities of a brat .ann file; UserError where one does not fit its text."""
    spans = []
    for entity in read_entities(annotations, text):
        starts, ends = zip(*entity.fragments, strict=True)
        start, end = entity.fragments[0] if gaps == "first" else (min(starts), max(ends))
        spans.append(Span(start, end, entity.label))
    return spans


def flatten(spans: list[Span], *, flat: str) -> list[Span]:
    """Keep the longest (or shortest) of overlapping entities; of equals, the first, then by label."""
    sign = -1 if flat == "longest" else 1
    flattened: list[Span] = []
    for span in sorted(spans, key=lambda span: (sign * (span.end - span.start), span)):
        if all(span.end <= other.start or span.start >= other.end for other in flattened):
            flattened.append(span)
    return sorted(flattened)


def _example(document: Document, *, flat: str, gaps: str) -> Example:
    words = word_offsets(document.text)
    if (annotations := document.metadata.get("annotations")) is None:
        raise UserError(
            f"{document.id}: no annotations in its metadata ({', '.join(document.metadata) or 'none'}): expected "
            "documents of a source such as brat, quaero or e3c"
        )
    try:
        spans = flatten(read_spans(annotations, document.text, gaps=gaps), flat=flat)
    except UserError as error:
        raise UserError(f"{document.id}: {error}") from error
    return Example(document.id, document.text, to_tags(words, spans), words)
