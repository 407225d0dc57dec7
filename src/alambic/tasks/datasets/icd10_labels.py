"""Code an ICD-10-FR label to its chapter or three-character category, from the full or the abbreviated wording.

Both wordings are trained on. Codes that share a four-character sub-category, a folded wording or a template (an
external cause with another place or activity) stay on one side of the split: no test wording or template is seen in
training.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.tasks.connected_groups import components
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.sampling import draw, sample
from alambic.tasks.words import fold

HEAD = "sequence_classification"
HEADS = ("sequence_classification", "label_generation")
BASELINE = "nearest_label"
METRICS = ("accuracy", "macro_f1")
TEST_SETS = ("{labels.wordings}",)

EXTERNAL_CAUSES = "XX"
PLACE = (
    r"domicile|etablissement collectif|lieu de sport|rue ou route|zone de commerce|local industriel et chantier|"
    r"exploitation agricole|autres lieux precises|lieu sans precision"
)
TEMPLATE = re.compile(rf", (?:(?:{PLACE})(?:,.*)?|en (?:participant|exercant|se reposant|pratiquant).*)$")


def load(
    labels: Path,
    *,
    target: Literal["chapter", "category"] = "chapter",
    chapters: list[Annotated[str, Field(pattern="^[IVX]+$")]] = [],  # noqa: B006
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Split the codes in `labels`, a collected icd10_fr; a limit counts texts per dataset, 0 keeps all.

    `chapters` names those whose codes are learnt and scored, such as IX; all without it. The split is the same. Test
    codes whose target has no training code are left out, and counted in the facts.
    """
    documents = list(read_documents(labels))
    columns = {"code", "chapter", "wording", target}
    if not documents or not all(columns <= document.metadata.keys() for document in documents):
        raise UserError(f"icd10_labels: {labels} holds no ICD-10 labels with '{target}': expected a collected icd10_fr")
    if unknown := sorted(set(chapters) - {document.metadata["chapter"] for document in documents}):
        raise UserError(f"icd10_labels: chapters: {labels} has no chapter {unknown[0]}: expected some of I to XXII")
    train: list[Example] = []
    test: defaultdict[str, list[Example]] = defaultdict(list)
    for document, scored in _split(documents, test_share=test_share, seed=seed):
        if chapters and document.metadata["chapter"] not in chapters:
            continue
        part = test[document.metadata["wording"]] if scored else train
        chapter = {"chapter": document.metadata["chapter"]}
        part.append(Example(document.id, document.text, document.metadata[target], attributes=chapter))
    train_labels = {example.gold for example in train}
    usable = {name: [e for e in examples if e.gold in train_labels] for name, examples in sorted(test.items())}
    learnt = sample(train, limit=train_limit, seed=seed)
    return TaskData(
        head=HEAD,
        labels=tuple(sorted({str(example.gold) for example in learnt})),
        train=learnt,
        test={name: sample(examples, limit=test_limit, seed=seed) for name, examples in usable.items()},
        conversion=f"target={target}",
        facts={"test_texts_of_unseen_targets": sum(map(len, test.values())) - sum(map(len, usable.values()))},
    )


def scored_texts(
    labels: Path, *, test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2, seed: NonNegativeInt = 0
) -> Iterator[str]:
    """Give the wordings of all test codes."""
    split = _split(list(read_documents(labels)), test_share=test_share, seed=seed)
    return (document.text for document, scored in split if scored)


def _split(documents: list[Document], *, test_share: float, seed: int) -> Iterator[tuple[Document, bool]]:
    """Tell of each document whether it is for testing: codes that share a trait stay on one side."""
    group = components(_traits(documents))
    return ((document, draw(seed, group[document.metadata["code"]]) < test_share) for document in documents)


def stem(label: str, chapter: str) -> str:
    """Fold a label and cut what its template varies: the place and activity, for external causes all but the head."""
    whole = TEMPLATE.sub("", fold(label))
    return whole.split(",")[0] if chapter == EXTERNAL_CAUSES else whole


def subcategory(code: str) -> str:
    """Give the four-character sub-category of a code such as A00.01."""
    return code[:5]


def _traits(documents: Iterable[Document]) -> dict[str, list[tuple[str, str]]]:
    traits: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for document in documents:
        code = document.metadata["code"]
        traits[code] += [
            ("subcategory", subcategory(code)),
            ("wording", fold(document.text)),
            ("wording", stem(document.text, document.metadata["chapter"])),
        ]
    return traits
