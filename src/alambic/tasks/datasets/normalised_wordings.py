"""Write the full label of ICD-10-FR for its abbreviated one: INSUF. RENALE AIGUE -> Insuffisance rénale aiguë.

ATIH gives each code both. Codes that share a four-character sub-category, a folded wording or a template (an external
cause with another place or activity) stay on one side of the split, so that neither a test code nor its wordings are
seen in training; a score's interval draws such groups whole. Each example has its `code` and `chapter`: the metric
`code_recovered` looks up what was written among all full labels.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.tasks.connected_groups import components
from alambic.tasks.datasets.icd10_labels import stem, subcategory
from alambic.tasks.drawn_parts import part_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.sampling import sample
from alambic.tasks.words import fold

HEAD = "text_generation"
BASELINE = "wording_dictionary"
METRICS = ("exact_match", "chrf", "code_recovered")
TEST_SETS = ("test",)


def load(
    labels: Path,
    *,
    chapters: list[Annotated[str, Field(pattern="^[IVX]+$")]] = [],  # noqa: B006
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Pair the wordings in `labels`, a collected icd10_fr; a limit counts pairs, 0 keeps all.

    `chapters` names those whose codes are learnt and scored, such as IX; all without it. The split is the same.
    """
    parts: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    by_code = _wordings(labels)
    known = {documents["long"].metadata["chapter"] for documents in by_code.values()}
    if unknown := sorted({*chapters} - known):
        raise UserError(f"normalised_wordings: chapters: {labels} has no chapter {unknown[0]}: expected some of I-XXII")
    for code, part, group in _split(by_code, test_share=test_share, dev_share=dev_share, seed=seed):
        short, full = by_code[code]["short"], by_code[code]["long"]
        chapter = full.metadata["chapter"]
        if not chapters or chapter in chapters:
            about = {"code": code, "chapter": chapter}
            parts[part].append(Example(code, short.text.strip(), full.text.strip(), unit=group, attributes=about))
    return TaskData(
        head=HEAD,
        labels=(),
        train=sample(parts["train"], limit=train_limit, seed=seed),
        dev={"dev": parts["dev"]},
        test={"test": sample(parts["test"], limit=test_limit, seed=seed)},
        conversion="pairs=icd10_fr_short_to_long",
        label_texts={code: (of["long"].text, of["short"].text) for code, of in sorted(by_code.items())},
    )


def scored_texts(
    labels: Path,
    *,
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give both wordings of all codes that are not learnt from."""
    by_code = _wordings(labels)
    for code, part, _ in _split(by_code, test_share=test_share, dev_share=dev_share, seed=seed):
        if part != "train":
            yield from (document.text.strip() for document in by_code[code].values())


def _wordings(labels: Path) -> dict[str, dict[str, Document]]:
    """Read both wordings of each code; UserError where there are no such pairs."""
    by_code: defaultdict[str, dict[str, Document]] = defaultdict(dict)
    for document in read_documents(labels):
        if {"code", "chapter", "wording"} <= document.metadata.keys():
            by_code[document.metadata["code"]][document.metadata["wording"]] = document
    pairs = {code: of for code, of in by_code.items() if {"long", "short"} <= of.keys()}
    if not pairs:
        raise UserError(
            f"normalised_wordings: {labels} holds no ICD-10 labels in both wordings: expected a collected icd10_fr, "
            "with `wordings: [long, short]`"
        )
    return pairs


def _split(
    by_code: dict[str, dict[str, Document]], *, test_share: float, dev_share: float, seed: int
) -> Iterator[tuple[str, str, str]]:
    """Give each code, its part, and the group with which it is drawn."""
    groups = components({code: [*_traits(code, of.values())] for code, of in by_code.items()})
    for code, group in groups.items():
        yield code, part_of(seed, group, test_share=test_share, dev_share=dev_share), group


def _traits(code: str, documents: Iterable[Document]) -> Iterator[tuple[str, str]]:
    yield "subcategory", subcategory(code)
    for document in documents:
        yield "wording", fold(document.text).strip()
        yield "wording", stem(document.text, document.metadata["chapter"])
