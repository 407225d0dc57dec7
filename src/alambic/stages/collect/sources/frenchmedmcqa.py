"""FrenchMedMCQA: questions of French pharmacy examinations, with five answers each.

Holds: 2,171 questions to learn from, 312 to tune on; a third part is for testing. The text is the question and its
answers, one a line; the question by itself (`question`), its answers (`choices`, as JSON by their letters), which of
them are right (`correct`, joined by `|`) and how many (`number_correct`) are in the metadata.

Licence and conditions: Apache-2.0 (README of its repository).
Revision: the commit COMMIT of its repository, each file by its sha256.
To cite: Labrak et al. 2022, FrenchMedMCQA: A French Multiple-Choice Question Answering Dataset for Medical domain,
LOUHI 2022, 41-46.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.json_lines import loads
from alambic.stages.collect.pinned import bring_split
from alambic.stages.collect.values import as_text, as_whole_text

LICENCE = "Apache-2.0"
COMMIT = "4e36a4055245feec3218573c9f6bb1a9ecb1756b"
SHA256 = {
    "train": "7932ffb982f174980c3545ff220091efcf856be0c946fdf077dea788c35e93a3",
    "dev": "ddd64d9218561fed1c2dcd59ca13c39380ba92953aff253f39ebeb187a420a32",
}


def fetch(
    rejections: Rejections = STRICT,
    *,
    split: Literal["train", "dev", "test"],
    url: Annotated[str, Field(pattern=r"^(https?://.*)?$")] = "",
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = "",
    licence: Annotated[str, Field(min_length=1)] = "Apache-2.0",
) -> Iterator[Document]:
    """Yield one document per question; the digest of `test` is not known here, and is to be given."""
    split_url = url or f"https://raw.githubusercontent.com/qanastek/FrenchMedMCQA/{COMMIT}/corpus/{split}.json"
    path = bring_split("frenchmedmcqa", split, split_url, sha256 or SHA256.get(split, ""))
    try:
        questions = loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is no list of questions as FrenchMedMCQA has them ({error!r})") from error
    if not isinstance(questions, list):
        raise UserError(f"{path} is no list of questions as FrenchMedMCQA has them, but {type(questions).__name__}")
    for rank, question in enumerate(questions):
        name, place = f"{split}/{rank}", f"{path.name}, question {rank}"
        try:
            document = _document(question, name, split_url, licence)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            rejections.add(place, f"no question as FrenchMedMCQA has them ({error!r})", str(question))
            continue
        rejections.at(place)
        yield document


def _document(question: dict[str, Any], name: str, url: str, licence: str) -> Document:
    answers = {letter: as_whole_text(answer, "utf-8") for letter, answer in sorted(question["answers"].items())}
    asked, correct = as_whole_text(question["question"], "utf-8"), question.get("correct_answers", [])
    for part in (asked, *answers.values()):
        if reason := unusable(part):
            raise ValueError(reason)
    if strange := sorted(set(correct) - answers.keys()):
        raise ValueError(f"{strange} are right, and no answers")
    return Document(
        id=name,  # not its own identifier: some questions come twice with the same one
        text="\n".join([asked, *(f"{letter}. {answer}" for letter, answer in answers.items())]),
        source="frenchmedmcqa",
        url=url,
        licence=licence,
        metadata={
            "identifier": as_whole_text(question["id"], "utf-8"),
            "question": asked,
            "choices": json.dumps(answers, ensure_ascii=False),
            "correct": "|".join(map(as_text, correct)),
            "number_correct": str(len(correct)),
            "subject": as_text(question.get("subject_name")),
            "type": as_text(question.get("type")),
        },
    )
