"""Ten types of medical entities in French leaflets (EMEA) and titles (MEDLINE): QUAERO, in brat's format.

Its entities nest and have gaps; flat tags need a rule, which every score names. `flat`: which of two overlapping
entities stays. `gaps`: an entity in fragments becomes the span that covers them, or its first fragment. A score's
interval draws leaflets whole: each is in several files, such as 118_1 and 118_2.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import NonNegativeInt

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.plugins import CountsIfGiven
from alambic.tasks.document_facts import attributes_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.flat_entities import tagged
from alambic.tasks.iob2 import tag_names
from alambic.tasks.sampling import sample
from alambic.tasks.words import WORDS

HEAD = "token_classification"
HEADS = ("token_classification", "entity_generation", "typed_spans")
BASELINE = "entity_dictionary"
METRICS = ("entity_f1",)
TEST_SETS = ("{subsets}",)


def load(
    train: Path,
    dev: Path,
    test: Path,
    *,
    score_on: Literal["dev", "test"] = "test",
    subsets: list[str] = [],  # noqa: B006
    flat: Literal["longest", "shortest"] = "longest",
    gaps: Literal["covering", "first"] = "covering",
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
    descriptions: Annotated[dict[str, str], CountsIfGiven()] = {},  # noqa: B006
) -> TaskData:
    """Read three collected brat folders; one dataset per subset of the one that is scored.

    `subsets` names those that are learnt and scored, such as EMEA or MEDLINE; all without it. `descriptions` say what a
    type is, to heads that read it.
    """
    learnt = [tagged(document, flat=flat, gaps=gaps) for document in _chosen(train, subsets)]
    scored: defaultdict[str, list[Example]] = defaultdict(list)
    for document in _chosen(dev if score_on == "dev" else test, subsets):
        example = replace(
            tagged(document, flat=flat, gaps=gaps), unit=_leaflet(document), attributes=attributes_of(document)
        )
        scored[document.metadata.get("subset") or "all"].append(example)
    types = {tag[2:] for example in learnt for tag in example.gold if tag != "O"}
    if not types:
        raise UserError(f"quaero_entities: no entity in {train}: expected a collected brat folder with annotations")
    return TaskData(
        head=HEAD,
        labels=tag_names(types),
        train=sample(learnt, limit=train_limit, seed=seed),
        test={name: sample(examples, limit=test_limit, seed=seed) for name, examples in sorted(scored.items())},
        conversion=f"split={score_on}|flat={flat}|gaps={gaps}|{WORDS}",
        label_texts={name: (text,) for name, text in descriptions.items()},
    )


def scored_texts(dev: Path, test: Path) -> Iterator[str]:
    """Give the texts of both splits: what was chosen on one is not trained on for the other."""
    return (document.text for folder in (dev, test) for document in read_documents(folder))


def _chosen(folder: Path, subsets: list[str]) -> Iterator[Document]:
    return (document for document in read_documents(folder) if not subsets or document.metadata["subset"] in subsets)


def _leaflet(document: Document) -> str:
    """Name the leaflet of which a document is a part; a title is one by itself."""
    return document.id.rpartition("_")[0] if document.metadata.get("subset") == "EMEA" else ""
