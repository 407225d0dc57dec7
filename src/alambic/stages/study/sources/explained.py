"""Items from an artifact of `explain`: texts, what a model answered, and what each method says of the answer."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from alambic.data.documents import damage_named
from alambic.data.inputs import Inputs
from alambic.errors import UserError, nearest
from alambic.settings import Study
from alambic.stages.study.pool import Pool, is_explained, new_item
from alambic.studies.items import Explanation, Item
from alambic.tasks.iob2 import from_tags, repair

ATTRIBUTIONS, TEXTS = "attributions.parquet", "explained_texts.parquet"
ENTITY = re.compile(r"(.+) (\d+)-(\d+)")  # a label, and its characters, the end not included
ACCEPT, REJECT = "accept", "reject"
DECISIONS = {
    ACCEPT: {"fr": "accepter", "en": "accept"},
    REJECT: {"fr": "rejeter", "en": "reject"},
}


def gather(settings: Study, inputs: Inputs) -> Pool:
    """Take what the first seed of one system answered; several seeds of a method: the first one explains."""
    folder = inputs.one("explained")
    texts = {(row["dataset"], row["example"]): row for row in _rows(folder / TEXTS)}
    answers = _answers(_rows(folder / ATTRIBUTIONS), settings.system, folder)
    items: list[Item] = []
    left_out: Counter[str] = Counter()
    for (dataset, example, target), rows in answers.items():
        first: dict[str, Explanation] = {}
        for row in rows:
            first.setdefault(row["method"], _explanation(row))
        explanations = tuple(first.values())
        if (dataset, example) not in texts:
            left_out["without a text"] += 1
        elif not is_explained(explanations, settings.methods):
            left_out["not explained by every method that is shown"] += 1
        else:
            text = texts[dataset, example]
            confidence = float(rows[0]["probability"])
            items.append(_item(settings.kind, f"{dataset}/{example}", text, target, confidence, explanations))
    words = DECISIONS if settings.kind == "accept_entity" else {}
    labels = list(words) or sorted({label for item in items for label in (item.right, item.advice)})
    return Pool(items, labels, words, left_out=left_out)


def _rows(path: Path) -> list[dict[str, Any]]:
    with damage_named(path):
        return list(pq.read_table(path).to_pylist())


def _answers(rows: list[dict[str, Any]], system: str, folder: Path) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Group what explains the same answer of the system that was named, or of the first one."""
    systems = list(dict.fromkeys(row["system"] for row in rows))
    if not systems:
        raise UserError(f"study: {folder / ATTRIBUTIONS} explains nothing: expected a row per text and method")
    chosen = system or systems[0]
    if chosen not in systems:
        raise UserError(f"study: system '{chosen}' is not explained in {folder}; {nearest(chosen, systems)}")
    of_system = [row for row in rows if row["system"] == chosen]
    answers: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in (row for row in of_system if row["seed"] == of_system[0]["seed"]):
        answers.setdefault((row["dataset"], row["example"], row["target"]), []).append(row)
    return answers


def _item(
    kind: str, source: str, text: dict[str, Any], target: str, confidence: float, explanations: tuple[Explanation, ...]
) -> Item:
    gold = [part for part in text["gold"].split("|") if part]
    if kind != "accept_entity":
        return new_item(
            source,
            text=text["text"],
            right=target if target in gold else " ".join(gold),
            advice=target,
            confidence=confidence,
            explanations=explanations,
        )
    if (entity := ENTITY.fullmatch(target)) is None:
        raise UserError(f"study: {source}: the target {target!r} is no entity: expected a label and its characters")
    gold = _entities(gold, explanations[0])
    label, start, end = entity[1], int(entity[2]), int(entity[3])
    return new_item(
        f"{source} {target}",
        text=text["text"],
        question=f"{text['text'][start:end]} → {label}",
        options=(ACCEPT, REJECT),
        right=ACCEPT if target in gold else REJECT,
        advice=ACCEPT,  # the model wrote it
        confidence=confidence,
        explanations=explanations,
    )


def _entities(gold: list[str], explained: Explanation) -> list[str]:
    """Name the right entities as targets are named; where they are tags of the words that are explained, by these."""
    if len(gold) != len(explained.starts) or not all(part == "O" or part[:2] in ("B-", "I-") for part in gold):
        return gold
    return [
        f"{label} {explained.starts[first]}-{explained.ends[end - 1]}" for first, end, label in from_tags(repair(gold))
    ]


def _explanation(row: dict[str, Any]) -> Explanation:
    return Explanation(row["method"], tuple(row["starts"]), tuple(row["ends"]), tuple(row["values"]))
