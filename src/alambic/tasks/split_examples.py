"""The parts of a user's own data as the data of a task."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from alambic.data.documents import Document
from alambic.tasks.document_facts import attributes_of, unit_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.sampling import sample
from alambic.tasks.splits import Parts


def examples_of(
    parts: Parts,
    read: Callable[[list[Document]], list[Example]],
    *,
    group_column: str,
    attributes: Sequence[str],
) -> dict[str, list[Example]]:
    """Read the examples of each part: `train`, `test`, `calibration` and `dev`.

    `read` gives one for each document, in their order; its unit and its attributes are read from the named columns.
    """
    by_name = {"train": parts.train, "test": parts.test, "calibration": parts.calibration, "dev": parts.dev}
    return {
        name: [
            replace(example, unit=unit_of(document, group_column), attributes=attributes_of(document, attributes))
            for document, example in zip(documents, read(documents), strict=True)
        ]
        for name, documents in by_name.items()
    }


def task_data(
    parts: Parts,
    examples: dict[str, list[Example]],
    *,
    head: str,
    labels: Sequence[str],
    limits: tuple[int, int],
    seed: int,
    rules: str = "",
    facts: dict[str, int],
) -> TaskData:
    """Make the data of a task from the examples of all parts; `limits` to those of `train` and `test`, 0 for all.

    `rules` are named in the signature of a score, after the rule of the split; that texts were made by a program is
    named there too.
    """
    of_train, of_test = limits
    return TaskData(
        head=head,
        labels=tuple(labels),
        train=sample(examples["train"], limit=of_train, seed=seed),
        test={"test": sample(examples["test"], limit=of_test, seed=seed)},
        calibration={"calibration": examples["calibration"]},
        dev={"dev": examples["dev"]},
        conversion="|".join(rule for rule in (f"split={parts.rule}", rules, _made(parts)) if rule),
        facts={**parts.facts, **facts},
    )


def _made(parts: Parts) -> str:
    """Say that documents were made by a program, as sources of such documents say of each."""
    documents = [*parts.train, *parts.test, *parts.calibration, *parts.dev]
    made = sum(document.metadata.get("synthetic") == "true" for document in documents)
    return f"data={'synthetic' if made == len(documents) else 'partly_synthetic'}" if made else ""
