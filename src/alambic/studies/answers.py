"""What came back from a study: answers, questionnaires, and what people said about themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alambic.errors import UserError
from alambic.forms.answers import read_answers as read_rows

ANSWERS, QUESTIONNAIRE, ABOUT = "answers.csv", "questionnaire.csv", "about.csv"


@dataclass(frozen=True)
class Answer:
    """One item as one person answered it; "" or None where nothing was asked, shown, or given."""

    protocol: str
    participant: str
    block: int
    rank: int
    item: str
    kind: str  # practice, attention, main
    condition: str  # alone, advice, explanation:METHOD, false_explanation
    alone_answer: str = ""
    alone_seconds: float | None = None
    alone_confidence: int | None = None  # 1 to 5
    advice: str = ""  # as shown
    delegated: bool = False
    answer: str = ""  # the final one; "" where the item was handed to the model, or time ran out
    seconds: float | None = None  # from the advice, or from the item where there is none, to the final answer
    explanation_seconds: float | None = None  # shown in view
    timed_out: bool = False
    language: str = ""
    finished_at: str = ""


@dataclass(frozen=True)
class Reply:
    """One answer to one question of the questionnaire."""

    protocol: str
    participant: str
    block: int
    condition: str
    question: str
    answer: str  # 1 to 7, or a text


@dataclass(frozen=True)
class About:
    """What a person said before the study."""

    protocol: str
    participant: str
    expertise: str
    consented: bool


@dataclass(frozen=True)
class Tables:
    """All that came back, of one protocol."""

    answers: Sequence[Answer]
    questionnaire: Sequence[Reply] = ()
    about: Sequence[About] = ()


def read_tables(folder: Path) -> Tables:
    """Read the three tables of a folder; UserError for a row that does not fit, or tables of several protocols."""
    answers = [_answer(row, place) for place, row in _rows(folder / ANSWERS, _columns(Answer))]
    replies = [_reply(row, place) for place, row in _rows(folder / QUESTIONNAIRE, _columns(Reply), optional=True)]
    about = [_about(row, place) for place, row in _rows(folder / ABOUT, _columns(About), optional=True)]
    named = [each.protocol for each in answers] + [each.protocol for each in replies]
    protocols = sorted({*named, *(each.protocol for each in about)})
    if len(protocols) > 1:
        raise UserError(
            f"{folder}: answers to {len(protocols)} protocols ({', '.join(protocols)}): analyse those of one at a time"
        )
    if not answers:
        raise UserError(f"{folder / ANSWERS} holds no answer: expected a row per person and item")
    _refuse_twice(answers, folder / ANSWERS)
    return Tables(answers, replies, about)


def _columns(of: type) -> list[str]:
    return list(of.__dataclass_fields__)  # type: ignore[attr-defined]


def _rows(path: Path, columns: list[str], *, optional: bool = False) -> list[tuple[str, dict[str, str]]]:
    if optional and not path.is_file():
        return []
    return [(f"{path}, row {number}", row) for number, row in read_rows(path, columns)]


def _answer(row: dict[str, str], place: str) -> Answer:
    confidence = _number(row, "alone_confidence", place)
    return Answer(
        row["protocol"],
        row["participant"],
        _whole(row, "block", place),
        _whole(row, "rank", place),
        row["item"],
        row["kind"],
        row["condition"],
        row["alone_answer"],
        _number(row, "alone_seconds", place),
        None if confidence is None else int(confidence),
        row["advice"],
        _flag(row, "delegated", place),
        row["answer"],
        _number(row, "seconds", place),
        _number(row, "explanation_seconds", place),
        _flag(row, "timed_out", place),
        row["language"],
        row["finished_at"],
    )


def _reply(row: dict[str, str], place: str) -> Reply:
    block = _whole(row, "block", place) if row["block"] else 0
    return Reply(row["protocol"], row["participant"], block, row["condition"], row["question"], row["answer"])


def _about(row: dict[str, str], place: str) -> About:
    return About(row["protocol"], row["participant"], row["expertise"], _flag(row, "consented", place))


def _whole(row: dict[str, str], column: str, place: str) -> int:
    if not row[column].isdecimal():
        raise UserError(f"{place}: {column} {row[column]!r}: expected a whole number")
    return int(row[column])


def _number(row: dict[str, str], column: str, place: str) -> float | None:
    if not row[column]:
        return None
    try:
        number = float(row[column])
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise UserError(f"{place}: {column} {row[column]!r}: expected a number from 0, or nothing")
    return number


def _flag(row: dict[str, str], column: str, place: str) -> bool:
    if row[column] not in ("0", "1"):
        raise UserError(f"{place}: {column} {row[column]!r}: expected 0 or 1")
    return row[column] == "1"


def _refuse_twice(answers: Sequence[Answer], path: Path) -> None:
    seen = set()
    for each in answers:
        if (place := (each.participant, each.item)) in seen:
            raise UserError(f"{path}: {each.participant} answered {each.item} twice: leave one of the rows")
        seen.add(place)
