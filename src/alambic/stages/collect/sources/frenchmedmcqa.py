"""FrenchMedMCQA: questions of French pharmacy examinations, with five answers each.

Holds: 2,171 questions to learn from, 312 to tune on; a third part is for testing. The text is the question and its
answers, one a line; which are right (`correct`, joined by `|`) is in the metadata.

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
from alambic.errors import UserError
from alambic.stages.collect.pinned import bring_split

LICENCE = "Apache-2.0"
COMMIT = "4e36a4055245feec3218573c9f6bb1a9ecb1756b"
SHA256 = {
    "train": "7932ffb982f174980c3545ff220091efcf856be0c946fdf077dea788c35e93a3",
    "dev": "ddd64d9218561fed1c2dcd59ca13c39380ba92953aff253f39ebeb187a420a32",
}


def fetch(
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
        for rank, question in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            yield _document(question, f"{split}/{rank}", split_url, licence)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no list of questions as FrenchMedMCQA has them ({error!r})") from error


def _document(question: dict[str, Any], name: str, url: str, licence: str) -> Document:
    answers = [f"{letter}. {answer}" for letter, answer in sorted(question["answers"].items())]
    return Document(
        id=name,  # not its own identifier: some questions come twice with the same one
        text="\n".join([question["question"], *answers]),
        source="frenchmedmcqa",
        url=url,
        licence=licence,
        metadata={
            "question": question["id"],
            "correct": "|".join(question.get("correct_answers", [])),
            "subject": question.get("subject_name", ""),
            "type": question.get("type", ""),
        },
    )
