"""Refactorings that somebody declared neutral: new code that counts as the code before it.

The ledger is a file of the project, one JSON object per line, so that it travels with the code that it speaks of.
"""

import json
from functools import cache
from pathlib import Path

from alambic.errors import UserError

LEDGER = Path(__file__).parent / "adopted.jsonl"


def equivalent(stage: str, code: str) -> str:
    """Follow the ledger from a digest of `stage`'s code to the one that it stands for."""
    return _table().get((stage, code), code)


def record(stage: str, code: str, counts_as: str, *, who: str, when: str, why: str) -> None:
    """Declare that `code` computes what `counts_as` computed."""
    line = {"stage": stage, "code": code, "counts_as": counts_as, "who": who, "when": when, "why": why}
    with LEDGER.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    _table.cache_clear()


@cache
def _table() -> dict[tuple[str, str], str]:
    if not LEDGER.exists():
        return {}
    table = {}
    for number, line in enumerate(LEDGER.read_bytes().splitlines(), 1):
        if line.strip():
            stage, code, counts_as = _entry(line, f"{LEDGER}:{number}")
            table[stage, code] = counts_as
    return table


def _entry(line: bytes, place: str) -> tuple[str, str, str]:
    """Read the stage, the code and what it counts as; UserError where the line does not say all of them."""
    try:
        content = json.loads(line)
        entry = content["stage"], content["code"], content["counts_as"]
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(line, place) from error
    if not all(isinstance(value, str) for value in entry):
        raise _broken(line, place)
    return entry


def _broken(line: bytes, place: str) -> UserError:
    shown = line.decode(errors="replace")
    return UserError(
        f"{place}: {shown if len(shown) <= 60 else shown[:57] + '...'!r}: expected a JSON object with the strings "
        "'stage', 'code' and 'counts_as'. After a merge keep the lines of both sides and remove the conflict markers; "
        "a damaged line restore from git, or remove: what it declared is then made anew, or adopted again"
    )
