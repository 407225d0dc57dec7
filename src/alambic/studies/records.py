"""What a page says of one participant, a record at a time, checked against the protocol.

A record is a row of the file that a page exports, or what it sends to a server: `about`, `answer` or `questionnaire`.
"""

import math
from collections.abc import Mapping
from datetime import datetime

from alambic.studies.answers import About, Answer, Reply
from alambic.studies.protocol import ALONE, Protocol, questions_after

RECORDS = ("about", "answer", "questionnaire")
COLUMNS = (
    *("record", "protocol", "participant", "block", "rank", "item", "kind", "condition", "alone_answer"),
    *("alone_seconds", "alone_confidence", "advice", "delegated", "answer", "seconds", "explanation_seconds"),
    *("timed_out", "language", "finished_at", "question", "expertise", "consented"),
)
LONGEST = 2000  # characters of an answer that is written
MOST_SECONDS = 1e6
Record = About | Answer | Reply


class Refused(ValueError):
    """Why a record is none of this study's."""


def read_record(row: Mapping[str, str], protocol: Protocol) -> Record:
    """Check one row; Refused, with the reason, where it does not fit."""
    if row["protocol"] != protocol.digest:
        raise Refused(f"protocol {row['protocol']!r}: the study's is {protocol.digest}")
    if row["participant"] not in protocol.participants:
        raise Refused(f"participant {row['participant']!r}: no page was made for him")
    if row["record"] == "about":
        return _about(row, protocol)
    if row["record"] == "answer":
        return _answer(row, protocol)
    if row["record"] == "questionnaire":
        return _reply(row, protocol)
    raise Refused(f"record {row['record']!r}: expected {', '.join(RECORDS)}")


def _about(row: Mapping[str, str], protocol: Protocol) -> About:
    known = list(protocol.settings["expertise"])
    if row["expertise"] not in (known or [""]):
        raise Refused(f"expertise {row['expertise']!r}: expected {', '.join(known) or 'nothing'}")
    return About(row["protocol"], row["participant"], row["expertise"], _flag(row, "consented"))


def _answer(row: Mapping[str, str], protocol: Protocol) -> Answer:
    shown = protocol.shown.get((row["participant"], row["item"]))
    if shown is None:
        raise Refused(f"item {row['item']!r}: {row['participant']} was not shown it")
    item = protocol.items[shown.item]
    expected = {"block": str(shown.block), "rank": str(shown.rank), "kind": item.kind}
    expected["condition"] = protocol.codes[shown.condition]
    for column, value in expected.items():
        if row[column] != value:
            raise Refused(f"{column} {row[column]!r}: expected {value!r} of {shown.item}")
    for column in ("alone_answer", "answer"):
        if item.options and row[column] not in ("", *item.options):
            raise Refused(f"{column} {row[column]!r}: expected one of {', '.join(item.options)}, or nothing")
        if len(row[column]) > LONGEST:
            raise Refused(f"{column}: {len(row[column])} characters, expected at most {LONGEST}")
    if row["advice"] not in ("", item.advice):
        raise Refused(f"advice {row['advice']!r}: {row['participant']} was shown {item.advice!r}")
    delegated, timed_out = _flag(row, "delegated"), _flag(row, "timed_out")
    if delegated == bool(row["answer"]) and not timed_out:
        raise Refused(f"answer {row['answer']!r}, delegated {row['delegated']}: expected the one or the other")
    if row["language"] not in ("fr", "en"):
        raise Refused(f"language {row['language']!r}: expected fr or en")
    return Answer(
        protocol=row["protocol"],
        participant=row["participant"],
        block=shown.block,
        rank=shown.rank,
        item=shown.item,
        kind=item.kind,
        condition=shown.condition,
        alone_answer=row["alone_answer"],
        alone_seconds=_seconds(row, "alone_seconds"),
        alone_confidence=_confidence(row),
        advice=row["advice"],
        delegated=delegated,
        answer=row["answer"],
        seconds=_seconds(row, "seconds"),
        explanation_seconds=_seconds(row, "explanation_seconds"),
        timed_out=timed_out,
        language=row["language"],
        finished_at=_moment(row),
    )


def _reply(row: Mapping[str, str], protocol: Protocol) -> Reply:
    block = int(row["block"]) if row["block"].isdecimal() else 0
    condition = protocol.condition(row["participant"], block) if block else ""
    if not condition:
        raise Refused(f"block {row['block']!r}: {row['participant']} has none of that number with questions")
    if row["condition"] != protocol.codes[condition]:
        raise Refused(f"condition {row['condition']!r}: expected {protocol.codes[condition]!r} of block {block}")
    asked = protocol.settings["questionnaire"]
    if row["question"] not in questions_after(asked, with_model=condition != ALONE):
        raise Refused(f"question {row['question']!r}: it is not asked after block {block}")
    is_scale = asked[row["question"]]["answer"] == "scale"
    if is_scale and row["answer"] not in tuple("1234567"):
        raise Refused(f"answer {row['answer']!r} to {row['question']}: expected 1 to 7")
    if len(row["answer"]) > LONGEST:
        raise Refused(f"answer: {len(row['answer'])} characters, expected at most {LONGEST}")
    return Reply(row["protocol"], row["participant"], block, condition, row["question"], row["answer"])


def _flag(row: Mapping[str, str], column: str) -> bool:
    if row[column] not in ("0", "1"):
        raise Refused(f"{column} {row[column]!r}: expected 0 or 1")
    return row[column] == "1"


def _seconds(row: Mapping[str, str], column: str) -> float | None:
    """Read a number, of which a spreadsheet may have made one with a comma."""
    if not row[column]:
        return None
    try:
        number = float(row[column].replace(",", "."))
    except ValueError:
        number = math.nan
    if not 0 <= number <= MOST_SECONDS:
        raise Refused(f"{column} {row[column]!r}: expected seconds, or nothing")
    return number


def _confidence(row: Mapping[str, str]) -> int | None:
    if row["alone_confidence"] not in ("", *"12345"):
        raise Refused(f"alone_confidence {row['alone_confidence']!r}: expected 1 to 5, or nothing")
    return int(row["alone_confidence"]) if row["alone_confidence"] else None


def _moment(row: Mapping[str, str]) -> str:
    try:
        datetime.fromisoformat(row["finished_at"])
    except ValueError as error:
        raise Refused(f"finished_at {row['finished_at']!r}: expected a moment such as 2026-10-31T12:00:00Z") from error
    return row["finished_at"]
