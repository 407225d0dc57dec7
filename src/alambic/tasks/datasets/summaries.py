"""The shortest summary of an abstract that its authors wrote themselves: its title, or its labelled conclusion.

`summary: title` takes the title in `title_column` (the source `diamed`), or the first paragraph (the source `hal`).
`summary: conclusion` takes what follows a label such as "Conclusions :" or "En conclusion,", and what stands before it
is read. Texts without such a part are left out, and counted. With `drugs` (a collected atc_drugs) and `diseases`
(icd10_fr) metrics tell which names a summary keeps and which it invents. Texts or summaries that are the same are on
one side of the drawn split.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.tasks.connected_groups import components
from alambic.tasks.datasets._entity_names import names_by_label
from alambic.tasks.document_facts import attributes_of
from alambic.tasks.drawn_parts import part_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.own_labels import one_label
from alambic.tasks.sampling import sample
from alambic.tasks.words import fold

HEAD = "text_generation"
BASELINE = "first_sentence"
METRICS = (
    "rouge_l",
    "rouge_1",
    "rouge_2",
    "chrf",
    "copied_share",
    "longest_copied_share",
    "numbers_invented",
    "empty_share",
)
TEST_SETS = ("test",)

CONCLUSION = re.compile(
    r"(?:^|(?<=[.!?;»)\]]\s))(?:(?:CONCLUSIONS?|Conclusions?)\s*[:.–—-]\s*|(?:En|EN) (?:conclusion|CONCLUSION)s?,?\s+)"
)
KEYWORDS = re.compile(r"\s*\bmots[- ]cl[ée]s?\s*:.*$", re.IGNORECASE | re.DOTALL)
LONGEST_TITLE = 60  # words: a longer first paragraph is none


def load(
    texts: Path,
    drugs: Path | None = None,
    diseases: Path | None = None,
    *,
    summary: Literal["title", "conclusion"] = "title",
    title_column: str = "",
    shortest_text: PositiveInt = 40,
    shortest_summary: PositiveInt = 4,
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read collected `texts`; `shortest_text` and `shortest_summary` count words, fewer are left out.

    UserError where no text has such a summary.
    """
    found = _pairs(texts, summary, title_column, shortest_text, shortest_summary)
    parts = _split(found.pairs, test_share=test_share, dev_share=dev_share, seed=seed)
    examples = {
        name: [Example(p.document.id, p.text, p.summary, attributes=attributes_of(p.document)) for p in part]
        for name, part in parts.items()
    }
    return TaskData(
        head=HEAD,
        labels=(),
        train=sample(examples["train"], limit=train_limit, seed=seed),
        dev={"dev": examples["dev"]},
        test={"test": sample(examples["test"], limit=test_limit, seed=seed)},
        conversion=f"summary={summary}",
        facts=dict(found.left_out),
        label_texts=names_by_label(drugs, diseases),
    )


def scored_texts(
    texts: Path,
    *,
    summary: Literal["title", "conclusion"] = "title",
    title_column: str = "",
    shortest_text: PositiveInt = 40,
    shortest_summary: PositiveInt = 4,
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give the texts that are not learnt from, and their summaries."""
    found = _pairs(texts, summary, title_column, shortest_text, shortest_summary)
    parts = _split(found.pairs, test_share=test_share, dev_share=dev_share, seed=seed)
    for pair in (*parts["dev"], *parts["test"]):
        yield from (pair.text, pair.summary)


@dataclass(frozen=True)
class Pair:
    """A text without its summary, and the summary."""

    document: Document
    text: str
    summary: str


@dataclass(frozen=True)
class Pairs:
    """The pairs of a source, and why other texts are left out."""

    pairs: list[Pair]
    left_out: Counter[str]


def _pairs(texts: Path, summary: str, title_column: str, shortest_text: int, shortest_summary: int) -> Pairs:
    found = Pairs([], Counter({"texts_without_summary": 0, "texts_too_short": 0, "summaries_too_short": 0}))
    for document in read_documents(texts):
        text, short = _apart(document, title_column) if summary == "title" else _concluded(document.text)
        if not short:
            found.left_out["texts_without_summary"] += 1
        elif len(text.split()) < shortest_text:
            found.left_out["texts_too_short"] += 1
        elif len(short.split()) < shortest_summary:
            found.left_out["summaries_too_short"] += 1
        else:
            found.pairs.append(Pair(document, text, short))
    if not found.pairs:
        remedy = (
            "give `title_column`, or texts whose first paragraph is their title, as the source `hal` has them"
            if summary == "title"
            else "expected abstracts with a label such as 'Conclusion :'"
        )
        raise UserError(f"summaries: no text of {texts} has a {summary} ({dict(found.left_out)}): {remedy}")
    return found


def _apart(document: Document, title_column: str) -> tuple[str, str]:
    """Give the text and its title; no title where there is none."""
    if title_column:
        return document.text.strip(), one_label(document, title_column)
    title, blank, text = document.text.strip().partition("\n\n")
    return (text.strip(), title.strip()) if blank and len(title.split()) <= LONGEST_TITLE else (title, "")


def _concluded(text: str) -> tuple[str, str]:
    """Give what stands before the last label of a conclusion, and the conclusion, without keywords after it."""
    labels = [*CONCLUSION.finditer(text.strip())]
    if not labels:
        return text, ""
    short = KEYWORDS.sub("", text.strip()[labels[-1].end() :]).strip()
    return text.strip()[: labels[-1].start()].strip(), short[:1].upper() + short[1:]


def _split(pairs: list[Pair], *, test_share: float, dev_share: float, seed: int) -> dict[str, list[Pair]]:
    traits = {pair.document.id: [("text", fold(pair.text)), ("summary", fold(pair.summary))] for pair in pairs}
    groups = components(traits)
    parts: dict[str, list[Pair]] = {"train": [], "dev": [], "test": []}
    for pair in pairs:
        parts[part_of(seed, groups[pair.document.id], test_share=test_share, dev_share=dev_share)].append(pair)
    return parts
