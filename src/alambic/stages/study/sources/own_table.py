"""Items of your own, from a CSV with a row for each.

Columns: id, right, advice, and text or image (a file beside the table); and, where there are any, confidence (0 to 1),
question, options (with | between them), and explanation:METHOD, a number for each word of the text, with blanks between
them: above 0 for the model's answer, below against it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from alambic.data.checksums import checksum
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.forms.answers import read_answers
from alambic.settings import Study
from alambic.settings.study import EXPLANATION
from alambic.stages.study.pool import NO_CONFIDENCE, WRITTEN, Pool, new_item
from alambic.studies.items import Explanation, Item

COLUMNS = ("id", "right", "advice")
IMAGES = (".png", ".jpg", ".jpeg", ".svg", ".webp", ".gif")
WORD = re.compile(r"\S+")


def gather(settings: Study, inputs: Inputs) -> Pool:
    """Read the table; UserError, with the row, for what no item can be made of."""
    assert settings.table is not None  # of the pool
    path = Path(settings.table.path)
    rows = read_answers(path, COLUMNS)
    if (digest := checksum(path)) != settings.table.sha256:
        raise UserError(f"study: {path} has the sha256 {digest}, expected {settings.table.sha256}")
    items = [_item(row, f"{path}, row {number}", path.parent) for number, row in rows]
    names = [row["id"] for _, row in rows]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(f"{path}: the id {twice[0]!r} comes twice: give each item its own")
    is_chosen = settings.kind not in WRITTEN
    labels = sorted({label for item in items for label in (item.right, item.advice)}) if is_chosen else ()
    images: dict[str, Path | str] = {item.image: path.parent / item.image for item in items if item.image}
    return Pool(items, labels, images=images)


def _item(row: Mapping[str, str], place: str, folder: Path) -> Item:
    text, image = row.get("text", ""), row.get("image", "").strip()
    if not text.strip() and not image:
        raise UserError(f"{place}: neither text nor image: expected one of the two columns to be filled in")
    if image and (Path(image).suffix.lower() not in IMAGES or not (folder / image).is_file()):
        raise UserError(f"{place}: {image!r}: expected a file beside the table that ends with {', '.join(IMAGES)}")
    if missing := [name for name in COLUMNS if not row[name].strip()]:
        raise UserError(f"{place}: no {missing[0]}")
    options = tuple(part.strip() for part in row.get("options", "").split("|") if part.strip())
    for name in ("right", "advice"):
        if options and row[name].strip() not in options:
            raise UserError(f"{place}: {name} {row[name]!r} is none of the options {', '.join(options)}")
    explanations = [
        _explanation(name.removeprefix(EXPLANATION), text, values, place)
        for name, values in row.items()
        if name.startswith(EXPLANATION) and values.strip()
    ]
    return new_item(
        row["id"],
        text=text,
        image=image,
        question=row.get("question", ""),
        options=options,
        right=row["right"].strip(),
        advice=row["advice"].strip(),
        confidence=_confidence(row.get("confidence", "").strip(), place),
        explanations=tuple(explanations),
    )


def _confidence(value: str, place: str) -> float:
    if not value:
        return NO_CONFIDENCE
    number = _number(value, place)
    if not 0 <= number <= 1:
        raise UserError(f"{place}: confidence {value}: expected a number from 0 to 1")
    return number


def _explanation(method: str, text: str, values: str, place: str) -> Explanation:
    words, numbers = list(WORD.finditer(text)), [_number(value, place) for value in values.split()]
    if len(words) != len(numbers):
        raise UserError(f"{place}: {EXPLANATION}{method} has {len(numbers)} numbers for {len(words)} words")
    starts, ends = (tuple(at(word) for word in words) for at in (re.Match.start, re.Match.end))
    return Explanation(method, starts, ends, tuple(numbers))


def _number(value: str, place: str) -> float:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = float("inf")
    if not abs(number) < 1e9:
        raise UserError(f"{place}: {value!r} is no number")
    return number
