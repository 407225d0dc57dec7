"""Studies as the stage `study` makes them, and a person who answers a page of one."""

import hashlib
from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.settings import Study
from alambic.stages.study.run import run
from alambic.studies.protocol import Protocol, read_protocol

WORDS = {"fr": "Première ligne.\n\nDeuxième.", "en": "First line.\n\nSecond."}
CONDITIONS = ["alone", "advice", "explanation:rule", "false_explanation"]
SMALL: dict[str, Any] = {
    "kind": "sorting_game",
    "generated": {"pool": 100},
    "conditions": CONDITIONS,
    "items": 8,
    "people": 4,
    "wrong_advice": 0.5,
    "instructions": WORDS,
    "consent": WORDS,
    "expertise": {"novice": {"fr": "débutant", "en": "a beginner"}, "expert": {"fr": "expert", "en": "an expert"}},
}


def made_study(folder: Path, *, inputs: Inputs | None = None, **changes: Any) -> Protocol:
    """Make a study of generated cases, with what is said otherwise."""
    folder.mkdir(parents=True)
    run(Study.model_validate(SMALL | changes), inputs or Inputs(), folder)
    return read_protocol(folder)


def own_table(folder: Path, rows: list[dict[str, str]]) -> dict[str, str]:
    """Write a table of own items; give what names it."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    content = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
    (folder / "items.csv").write_text(content, encoding="utf-8")
    return {"path": str(folder / "items.csv"), "sha256": hashlib.sha256(content.encode()).hexdigest()}


def settled(page: Any) -> str:
    """Wait until what was answered is saved; give the heading that is shown then."""
    page.wait_for_selector("#main:not([inert])")
    return str(page.inner_text("h2"))


def answer_all(page: Any, *, most: int = 10_000, option: int = 0) -> int:
    """Answer what a page shows, with the same option of each question, until the end, or so many times."""
    for number in range(most):
        settled(page)
        if page.locator("#done").count():
            return number
        for question in page.locator("main form fieldset").all():
            inputs = question.locator("input")
            inputs.nth(min(option, inputs.count() - 1)).check()
        page.locator("main form button[type=submit], main > button").first.click()
    settled(page)
    return most
