"""The page of one participant: it opens offline, and says of no main item which answer is right."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from alambic.forms.page import Form, Words, render
from alambic.settings import Study
from alambic.settings.study import ALONE, EXPLANATION, FALSE
from alambic.studies.items import Item
from alambic.studies.protocol import Shown, questions_after

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("stopwatch.js", "scale.js", "explanation.js", "item.js", "export.js", "server.js", "study.js")
TYPES = {".svg": "svg+xml", ".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp", ".gif": "gif"}


@dataclass(frozen=True)
class Content:
    """What all pages of a study share."""

    settings: Study
    digest: str
    codes: Mapping[str, str]
    items: Mapping[str, Item]
    labels: Mapping[str, Words]
    images: Mapping[str, str]  # as data: URLs


def write_page(content: Content, participant: str, plan: Sequence[Shown]) -> str:
    """Write the page of one participant, whose rows of the plan are given."""
    settings = content.settings
    data = {
        "protocol": content.digest,
        "participant": participant,
        "kind": settings.kind,
        "instructions": settings.instructions.model_dump(),
        "consent": settings.consent.model_dump(),
        "expertise": {name: wording.model_dump() for name, wording in settings.expertise.items()},
        "questionnaire": {name: question.model_dump() for name, question in settings.questionnaire.items()},
        "labels": content.labels,
        "seconds": settings.seconds,
        "delegate": settings.delegate,
        "ask_confidence": settings.ask_confidence,
        "blocks": [_block(content, number, list(rows)) for number, rows in groupby(plan, lambda row: row.block)],
        "items": [_item(content, row) for row in plan],
    }
    form = Form(
        name=f"study/{content.digest}/{participant}",
        title=settings.title.model_dump(),
        data=data,
        words=json.loads((ASSETS / "words.json").read_text(encoding="utf-8")),
        script="\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS),
        style=(ASSETS / "study.css").read_text(encoding="utf-8"),
        language=settings.language,
        is_durable=True,
        takes_saved=True,
    )
    return render(form)


def image_url(name: str, content: bytes) -> str:
    """Write an image into a page."""
    return f"data:image/{TYPES[Path(name).suffix.lower()]};base64,{base64.b64encode(content).decode()}"


def _block(content: Content, number: int, rows: Sequence[Shown]) -> dict[str, Any]:
    condition = rows[0].condition
    with_model = condition != ALONE
    asked = content.settings.questionnaire
    questions = questions_after(
        {name: question.model_dump() for name, question in asked.items()}, with_model=with_model
    )
    return {
        "block": number,
        "condition": content.codes[condition],
        "model": with_model,
        "explanation": _is_explained(condition),
        "questions": questions if number else [],
    }


def _item(content: Content, row: Shown) -> dict[str, Any]:
    item = content.items[row.item]
    shown: dict[str, Any] = {
        "block": row.block,
        "rank": row.rank,
        "item": item.item,
        "kind": item.kind,
        "condition": content.codes[row.condition],
        "text": item.text,
        "image": content.images.get(item.image, ""),
        "question": item.question,
        "options": item.options,
    }
    if row.condition != ALONE and item.kind != "attention":
        shown |= {"advice": item.advice, "advice_first": row.advice_first}
        if content.settings.show_confidence and not math.isnan(item.confidence):
            shown["confidence"] = round(float(item.confidence), 2)
        if _is_explained(row.condition):
            shown["explanation"] = _explanation(item, row.condition)
    if item.kind == "practice":
        shown["right"] = item.right
    return shown


def _is_explained(condition: str) -> bool:
    return condition == FALSE or condition.startswith(EXPLANATION)


def _explanation(item: Item, condition: str) -> dict[str, Any]:
    method = condition.removeprefix(EXPLANATION)
    of_item = item.false_explanation if condition == FALSE else item.explanations
    chosen = next(each for each in of_item if condition == FALSE or each.method == method)
    values = [round(float(value), 5) for value in chosen.values]
    return {"starts": chosen.starts, "ends": chosen.ends, "values": values}
