"""Several labels for a document, out of a closed list: MORFITT's twelve specialities of an abstract, for one.

The labels stand in a column of the collected documents, joined by a separator. A document's test split is the one that
its publisher made: what is trained on and what is scored are collected apart. A score's interval draws whole what
agrees in `group_column`. `attributes` names columns by which scores are told apart.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import NonNegativeInt

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.tasks.document_facts import attributes_of, unit_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.sampling import sample

HEAD = "multilabel_classification"
HEADS = ("multilabel_classification", "label_generation")
BASELINE = "nearest_label"
METRICS = ("multilabel_f1", "multilabel_weighted_f1")
TEST_SETS = ("{score_on}",)


def load(
    train: Path,
    dev: Path,
    test: Path,
    *,
    column: str = "specialities",
    separator: str = "|",
    group_column: str = "",
    attributes: list[str] = [],  # noqa: B006
    score_on: Literal["dev", "test"] = "test",
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read three collected sources; the labels are those of the training documents.

    A scored document with another label is kept: no model can give that label, and none is spared for it.
    """
    learnt, scored = (
        [_example(document, column, separator, group_column, attributes) for document in read_documents(folder)]
        for folder in (train, dev if score_on == "dev" else test)
    )
    labels = tuple(sorted({label for example in learnt for label in example.gold}))
    return TaskData(
        head=HEAD,
        labels=labels,
        train=sample(learnt, limit=train_limit, seed=seed),
        test={score_on: sample(scored, limit=test_limit, seed=seed)},
        conversion=f"split={score_on}|given=above one half, or the likeliest",
        facts={"test_texts_with_unknown_labels": sum(not set(example.gold) <= set(labels) for example in scored)},
    )


def scored_texts(dev: Path, test: Path) -> Iterator[str]:
    """Give the texts of both splits: what was chosen on one is not trained on for the other."""
    return (document.text.strip() for folder in (dev, test) for document in read_documents(folder))


def _example(document: Document, column: str, separator: str, group: str, attributes: list[str]) -> Example:
    written = document.metadata.get(column, "").split(separator)
    labels = tuple(sorted({label.strip() for label in written if label.strip()}))
    if not labels:
        columns = ", ".join(document.metadata) or "none"
        raise UserError(
            f"document_labels: document {document.id} has no label in column '{column}'; its columns: {columns}"
        )
    return Example(
        document.id,
        document.text.strip(),
        labels,
        unit=unit_of(document, group),
        attributes=attributes_of(document, attributes),
    )
