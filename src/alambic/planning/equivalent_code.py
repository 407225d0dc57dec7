"""Refactorings that somebody declared neutral: new code that counts as the code before it.

The ledger is a file of the project, one JSON object per line, so that it travels with the code that it speaks of.
"""

import json
from functools import cache
from pathlib import Path

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
    lines = [json.loads(line) for line in LEDGER.read_text(encoding="utf-8").splitlines()]
    return {(line["stage"], line["code"]): line["counts_as"] for line in lines}
