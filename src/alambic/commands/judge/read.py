"""`judge read`: what judges answered, by the system whose text it was about, with intervals and agreement.

judgements.csv has a row per answer: judge, item, system, criterion, value, seconds. judgements.json has, of each
criterion, the mean of each system over items (of an item, the mean over its judges), the differences between systems on
the same items, both with intervals by a bootstrap over items, and Krippendorff's alpha over (item, system).
"""

import csv
import io
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from alambic.errors import UserError
from alambic.forms.answers import read_answers
from alambic.runtime.whole_file import write_atomically
from alambic.statistics.agreement import krippendorff_alpha
from alambic.statistics.bootstrap import digest_of, draws, interval

COLUMNS = ("form", "judge", "item", "position", "criterion", "value", "seconds")
NO_PART = re.compile(r"[.,]0+$")  # a spreadsheet may write 4 as 4,0
SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
WRITTEN = ("judge", "item", "system", "criterion", "value", "seconds")


@dataclass(frozen=True)
class Judgement:
    """One answer of one judge."""

    judge: str
    item: str
    system: str
    criterion: str
    value: int
    seconds: str


def read_judgements(key_file: Path, files: Sequence[Path], output: Path, *, resamples: int, confidence: float) -> None:
    """Write both files into `output`, and a table on standard output; UserError for what is not of these forms."""
    if resamples < 1 or not 0 < confidence < 1:
        raise UserError(
            f"--resamples {resamples} --confidence {confidence:g}: expected 1 or more, and a share such as 0.95"
        )
    key = _read_key(key_file)
    judgements = _unblinded(key, files)
    if not judgements:
        raise UserError(f"{files[0]}: no answer in {len(files)} files")
    content = _summary(key, judgements, resamples=resamples, confidence=confidence)
    output.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([WRITTEN, *([getattr(each, column) for column in WRITTEN] for each in judgements)])
    write_atomically(output / "judgements.csv", stream.getvalue())
    write_atomically(output / "judgements.json", json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write("\n".join(_lines(content)) + "\n")


def _read_key(path: Path) -> dict[str, Any]:
    try:
        key: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        orders = {judge: {each["item"]: each["order"] for each in orders} for judge, orders in key["judges"].items()}
        return {
            "form": key["form"],
            "specification": key["specification"],
            "systems": list(key["texts"]),
            "orders": orders,
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is no key that `judge new` wrote ({error})") from error


def _unblinded(key: dict[str, Any], files: Sequence[Path]) -> list[Judgement]:
    """Put the system in place of the position; the same answer twice counts once, two answers to one are an error."""
    judgements: dict[tuple[str, str, str, str], Judgement] = {}
    for file in files:
        for number, row in read_answers(file, COLUMNS):
            judgement = _judgement(key, row, f"{file}, row {number}")
            place = judgement.judge, judgement.item, judgement.system, judgement.criterion
            if judgements.setdefault(place, judgement).value != judgement.value:
                raise UserError(
                    f"{file}, row {number}: {judgement.judge} answered {judgement.item} before, with another value: "
                    "give the last file of each judge"
                )
    return list(judgements.values())


def _judgement(key: dict[str, Any], cells: dict[str, str], place: str) -> Judgement:
    row = {**cells, **{column: cells[column].strip() for column in ("position", "value", "seconds")}}
    if row["form"] != key["form"]:
        raise UserError(f"{place}: form {row['form']!r}: the key is of form {key['form']!r}")
    criterion = key["specification"]["criteria"].get(row["criterion"])
    orders = key["orders"].get(row["judge"], {}).get(row["item"])
    if criterion is None or orders is None:
        raise UserError(
            f"{place}: {row['judge']!r}, {row['item']!r}, {row['criterion']!r}: not in the forms of this key"
        )
    position = ord(row["position"].upper()) - ord("A") if len(row["position"]) == 1 else -1
    value = NO_PART.sub("", row["value"])
    if not 0 <= position < len(orders) or not value.isdecimal() or not 1 <= int(value) <= criterion["scale"]:
        raise UserError(
            f"{place}: position {row['position']!r}, value {row['value']!r}: expected A to "
            f"{chr(ord('A') + len(orders) - 1)}, and 1 to {criterion['scale']}"
        )
    return Judgement(
        row["judge"],
        row["item"],
        orders[position],
        row["criterion"],
        int(value),
        _seconds(row["seconds"], place),
    )


def _seconds(written: str, place: str) -> str:
    seconds = written.replace(",", ".")
    if seconds and not SECONDS.fullmatch(seconds):
        raise UserError(f"{place}: seconds {written!r}: expected a number such as 12.5, or nothing")
    return seconds


def _summary(key: dict[str, Any], judgements: list[Judgement], *, resamples: int, confidence: float) -> dict[str, Any]:
    specification = key["specification"]
    judges = sorted({each.judge for each in judgements})
    expected = sum(len(items) * len(key["systems"]) for items in key["orders"].values()) * len(
        specification["criteria"]
    )
    criteria = [
        _criterion(name, criterion, judgements, key["systems"], judges, resamples=resamples, confidence=confidence)
        for name, criterion in specification["criteria"].items()
    ]
    return {
        "form": key["form"],
        "title": specification["title"],
        "judges": len(judges),
        "judges_without_answers": sorted(key["orders"].keys() - set(judges)),
        "answers": len(judgements),
        "answers_missing": expected - len(judgements),
        "confidence": confidence,
        "resamples": resamples,
        "criteria": criteria,
    }


def _criterion(
    name: str,
    criterion: dict[str, Any],
    judgements: list[Judgement],
    systems: list[str],
    judges: list[str],
    *,
    resamples: int,
    confidence: float,
) -> dict[str, Any]:
    of_criterion = [each for each in judgements if each.criterion == name]
    items = sorted({each.item for each in of_criterion})
    ratings = np.full((len(judges), len(items), len(systems)), np.nan)
    for each in of_criterion:
        ratings[judges.index(each.judge), items.index(each.item), systems.index(each.system)] = each.value
    units = ratings.reshape(len(judges), -1)
    pairs = list(combinations(range(len(systems)), 2))
    values, there = _by_item(ratings, pairs)
    means, drawn = _means(values, there), _resampled(values, there, items, resamples)
    estimates = [_estimate(mean, of, confidence) for mean, of in zip(means, drawn.T, strict=True)]
    answers = (~np.isnan(ratings)).sum(axis=(0, 1))
    return {
        "name": name,
        "question": criterion["question"],
        "scale": criterion["scale"],
        "systems": [
            {"system": system, **estimates[place], "items": int(there[:, place].sum()), "answers": int(answers[place])}
            for place, system in enumerate(systems)
        ],
        "differences": [
            {"first": systems[first], "second": systems[second], **estimate}
            for (first, second), estimate in zip(pairs, estimates[len(systems) :], strict=True)
        ],
        "agreement": {
            "krippendorff_alpha": krippendorff_alpha(units, level=criterion["level"]),
            "level": criterion["level"],
            "texts_judged_twice": int(((~np.isnan(units)).sum(axis=0) >= 2).sum()),
        },
    }


def _by_item(ratings: np.ndarray, pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Give the mean over judges of each system, then the difference of each pair, and whether an item has them.

    Ratings are (judges, items, systems); both are (items, systems and pairs), and what an item lacks is 0.
    """
    judged = ~np.isnan(ratings)
    times = judged.sum(axis=0)
    sums = np.where(judged, ratings, 0).sum(axis=0)
    means = np.divide(sums, times, out=np.zeros(sums.shape), where=times > 0)
    both = [(times[:, first] > 0) & (times[:, second] > 0) for first, second in pairs]
    differences = [np.where(of, means[:, a] - means[:, b], 0) for of, (a, b) in zip(both, pairs, strict=True)]
    return np.column_stack([means, *differences]), np.column_stack([times > 0, *both])


def _means(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Give the mean over the items that have each, NaN where none has: (systems and pairs,)."""
    sums, times = values.sum(axis=0), there.sum(axis=0)
    return np.asarray(np.divide(sums, times, out=np.full(sums.shape, np.nan), where=times > 0))


def _resampled(values: np.ndarray, there: np.ndarray, items: Sequence[str], resamples: int) -> np.ndarray:
    """Give the same for each draw of items: (resamples, systems and pairs)."""
    if not items:
        return np.full((1, values.shape[1]), np.nan)
    parts = []
    for weights in draws(len(items), resamples, digest_of(items)):
        sums, times = weights @ values, weights @ there.astype(np.float64)
        parts.append(np.divide(sums, times, out=np.full(sums.shape, np.nan), where=times > 0))
    return np.concatenate(parts)


def _estimate(value: float, drawn: np.ndarray, confidence: float) -> dict[str, float | None]:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or len(known) == 0:
        return {"value": None, "low": None, "high": None}
    low, high = interval(known, confidence=confidence)
    return {"value": float(value), "low": low, "high": high}


def _lines(content: dict[str, Any]) -> list[str]:
    """Write a table for the terminal."""
    lines = [f"{content['answers']} answers of {content['judges']} judges, {content['answers_missing']} missing"]
    for criterion in content["criteria"]:
        alpha = criterion["agreement"]["krippendorff_alpha"]
        lines.append(
            f"{criterion['name']} (1 to {criterion['scale']}): alpha {'-' if alpha is None else f'{alpha:.2f}'}"
        )
        for each in criterion["systems"]:
            shown = "-" if each["value"] is None else f"{each['value']:.2f} [{each['low']:.2f}, {each['high']:.2f}]"
            lines.append(f"  {each['system']}: {shown}, {each['items']} items")
    return lines
