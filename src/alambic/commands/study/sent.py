"""What a page sends to the server, as the rows of a file; nothing is taken that `study read` would refuse."""

import re
from collections.abc import Mapping
from typing import Any

from alambic.studies.protocol import Protocol
from alambic.studies.records import COLUMNS, LONGEST, Refused, read_record

KEY = re.compile(r"about|(alone|answer|questionnaire)/(\d{1,5})")
SENT = set(COLUMNS) - {"record", "protocol", "participant"}  # which the server knows better
ALONE = {"answer", "seconds", "confidence", "timed_out"}


def rows_of_key(key: str, value: Mapping[str, Any], participant: str, protocol: Protocol) -> list[dict[str, str]]:
    """Give the rows that a file has of one key: none of what was answered first, which the whole answer repeats."""
    kind, _, number = key.partition("/")
    empty = dict.fromkeys(COLUMNS, "")
    own = {"record": kind, "protocol": protocol.digest, "participant": participant}
    if kind == "alone":
        return []
    if kind == "questionnaire":
        condition = protocol.condition(participant, int(number))
        block = {"block": number, "condition": protocol.codes.get(condition, "")}
        return [{**empty, **own, **block, "question": name, "answer": str(given)} for name, given in value.items()]
    return [{**empty, **{name: str(given) for name, given in value.items()}, **own}]


def check_sent(key: object, value: object, participant: str, protocol: Protocol, saved: Mapping[str, Any]) -> None:
    """Refused, with the reason, for a key or an answer that is none of this participant's."""
    if not isinstance(key, str) or (match := KEY.fullmatch(key)) is None:
        raise Refused("key: expected about, alone/N, answer/N or questionnaire/N")
    if not isinstance(value, dict) or not all(isinstance(each, str | int | float) for each in value.values()):
        raise Refused("value: expected texts and numbers by name")
    if key != "about" and not saved.get("about", {}).get("consented"):
        raise Refused("about: nothing is kept of a person before consent")
    if match[1] == "alone":
        _check_alone(int(match[2]), value, participant, protocol)
        return
    if match[1] != "questionnaire" and (unknown := value.keys() - SENT):
        raise Refused(f"value: unknown {min(unknown)}")
    rows = rows_of_key(key, value, participant, protocol)
    if not rows:
        raise Refused("value: it is empty")
    for row in rows:
        read_record(row, protocol)
        if row["record"] == "answer" and row["rank"] != match[2]:
            raise Refused(f"key {key}: the answer is to the item of rank {row['rank']}")


def _check_alone(rank: int, value: Mapping[str, Any], participant: str, protocol: Protocol) -> None:
    if value.keys() != ALONE:
        raise Refused(f"value: expected {', '.join(sorted(ALONE))}")
    if not any(shown.rank == rank for shown in protocol.plan if shown.participant == participant):
        raise Refused(f"key: no item has the rank {rank}")
    if len(str(value["answer"])) > LONGEST:
        raise Refused(f"answer: expected at most {LONGEST} characters")
