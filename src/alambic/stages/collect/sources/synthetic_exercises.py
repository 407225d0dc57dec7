"""SYNTHETIC exercises: questions about the chapters of ICD-10 and the groups of ATC, made from tables by a rule.

No person wrote them: they teach a small model the form of an exercise, and say so in every document (`synthetic:
true`). The text is a fact (`« Asthme » relève du chapitre X de la CIM-10 : ...`); `question`, `choices` (JSON, by
letters) and `correct` hold the exercise in the form of FrenchMedMCQA, `kind` what it is about, `text_and_question` the
fact and the question, as a model reads them that answers questions about a text. Wrong answers are names of other
chapters or groups, of about the same length; a share of the questions, `open_share`, is open, and `choices` is then
empty.

Licence and conditions: those of the tables (see `icd10_fr` and `atc_drugs`): the WHO's, ATIH's and EDS-NLP's.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document
from alambic.data.rejected import Rejections
from alambic.stages.collect.sources import atc_drugs, icd10_fr
from alambic.stages.collect.synthetic.exercises import DISEASES, DRUGS, Kind, Made, make_exercises
from alambic.tasks.choices import LETTERS

CODE_LENGTH = 5  # characters of a code such as J45.9: further ones only say where and how


def fetch(
    *,
    kinds: Annotated[list[Literal["icd10_chapter", "atc_group"]], Field(min_length=1)] = ["icd10_chapter", "atc_group"],  # noqa: B006
    exercises: PositiveInt = 2000,
    distractors: Annotated[int, Field(ge=1, le=9)] = 3,
    open_share: Annotated[float, Field(ge=0, le=1)] = 0.2,
    seed: NonNegativeInt = 0,
    licence: str = "BSD-3-Clause AND LicenseRef-WHO-ATC AND LicenseRef-WHO-ATIH-ICD-10",
) -> Iterator[Document]:
    """Yield at most `exercises` documents of each kind; the same for the same options."""
    for name in kinds:
        kind, names = (DISEASES, _diseases()) if name == DISEASES.name else (DRUGS, _drugs())
        made = make_exercises(kind, names, distractors=distractors, open_share=open_share, seed=seed)
        for number, each in enumerate(islice(made, exercises)):
            yield _document(kind, number, each, licence)


def _diseases() -> list[tuple[str, str]]:
    labels = icd10_fr.fetch(Rejections(), wordings=["long"], external_causes=0)
    return [(each.text, each.metadata["chapter"]) for each in labels if len(each.metadata["code"]) <= CODE_LENGTH]


def _drugs() -> list[tuple[str, str]]:
    return [(each.text, each.metadata["atc"][0]) for each in atc_drugs.fetch()]


def _document(kind: Kind, number: int, made: Made, licence: str) -> Document:
    choices = dict(zip(LETTERS, made.answers, strict=False))
    right = next((letter for letter, text in choices.items() if text == made.right), made.right)
    return Document(
        id=f"SYN-{kind.name}/{number}",
        text=made.fact,
        source="synthetic_exercises",
        url="",
        licence=licence,
        metadata={
            "kind": made.kind,
            "about": made.name,
            "question": made.question,
            "text_and_question": f"{made.fact}\n{made.question}",
            "choices": json.dumps(choices, ensure_ascii=False) if choices else "",
            "correct": right,
            "synthetic": "true",
        },
    )
