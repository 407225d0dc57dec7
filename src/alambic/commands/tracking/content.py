"""What is tracked of an artifact: parameters, and a value for each metric and step."""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from alambic.data.energy import KEY as ENERGY
from alambic.data.energy import PARTS
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.errors import truncated

LONGEST_PARAMETER, LONGEST_NAME, LONGEST_TAG = 6000, 250, 8000  # characters, MLflow's own limits

DIGITS = 4  # of main scores

Point = tuple[str, int]  # a metric's name and step


def flatten(content: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings: {"a": {"b": 1}} becomes {"a.b": 1}.

    Names are such as MLflow takes, and what differs stays different: a mended name ends with a digest of what it was.
    """
    flat: dict[str, Any] = {}
    for keys, value in _leaves(content, (prefix,) if prefix else ()):
        name = ".".join(_key(key) for key in keys)
        if len(name) > LONGEST_NAME:
            name = f"{name[: LONGEST_NAME - 7]}-{_digest(name)}"
        flat[name if name not in flat else f"{name[: LONGEST_NAME - 7]}-{_digest(repr(keys))}"] = value
    return flat


def _leaves(content: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(content, dict):
        yield keys, content
        return
    for key, value in content.items():
        yield from _leaves(value, (*keys, str(key)))


def _key(key: str) -> str:
    """Write a key in the letters that MLflow takes, as a path that means itself: "x/" and "../x" are none."""
    accents = unicodedata.combining
    letters = "".join(each for each in unicodedata.normalize("NFD", key) if not accents(each))
    name = re.sub(r"[^\w\-. /:]", "_", letters, flags=re.ASCII)
    if name.startswith("..") or any(part in ("", ".", "..") for part in name.split("/")):
        name = re.sub(r"^\.*", "_", name.replace("/", "_"))
    return name if name == key else f"{name}-{_digest(key)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:6]


def points_of(folder: Path, finished: Manifest | None) -> dict[Point, tuple[float, int]]:
    """Gather value and time (milliseconds) of each metric and step: the journal, then what a finished stage found."""
    points: dict[Point, tuple[float, int]] = {}
    for step, scalars in read_journal(folder).items():
        at = milliseconds(scalars.pop("time", folder.stat().st_mtime))
        points.update({(name, step): (value, at) for name, value in _numbers(flatten(scalars)).items()})
    if finished is not None:
        last = {**flatten(finished.facts, "facts"), **_scores(scores_of(folder), finished), **_resources(finished)}
        points.update({(name, 0): (value, end_time(finished)) for name, value in _numbers(last).items()})
    return points


def scores_of(folder: Path) -> list[dict[str, Any]]:
    """Read the scores of an evaluation; of another artifact, none."""
    path = folder / "scores.json"
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []


def main_scores(rows: list[dict[str, Any]], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Choose of an evaluation's scores what a reader looks at first: its first metric, over all seeds, by dataset."""
    metrics = settings.get("metrics") or [row["metric"] for row in rows[:1]]
    return [row for row in rows if row["seed"] == "all" and row["metric"] == metrics[0]]


def _scores(rows: list[dict[str, Any]], finished: Manifest) -> dict[str, Any]:
    """Name the scores: `score.<dataset>.<split>.<metric>`, with `.low`, `.high` and `.seed1` next to it.

    `score`, `score.low` and `score.high` are the first of the main ones, rounded as tables show them: a column for all
    tasks.
    """
    scores: dict[str, Any] = {}
    for row in main_scores(rows, finished.settings)[:1]:
        main = {"score": row["value"], "score.low": row["low"], "score.high": row["high"]}
        scores = {name: round(value, DIGITS) for name, value in main.items()}
    for row in rows:
        name = score_name(row)
        if row["seed"] == "all":
            scores.update({name: row["value"], f"{name}.low": row["low"], f"{name}.high": row["high"]})
        else:
            scores[f"{name}.seed{row['seed']}"] = row["value"]
    return {key: value for name, score in scores.items() for key, value in flatten({name: score}).items()}


def score_name(row: Mapping[str, Any]) -> str:
    """Name the metric of a score."""
    return f"score.{row['dataset']}.{row['split']}.{row['metric']}"


def _resources(finished: Manifest) -> dict[str, Any]:
    energy = finished.run.get(ENERGY) or {}
    measured = {f"energy.{name}": energy.get(name) for name in ("kwh", "co2e_g", *PARTS)}
    return {**{name: finished.run.get(name) for name in ("seconds", "peak_memory_mb")}, **measured}


def _numbers(content: dict[str, Any]) -> dict[str, float]:
    """Keep what MLflow can draw: finite numbers."""
    numbers = {key: value for key, value in content.items() if isinstance(value, int | float)}
    return {key: float(value) for key, value in numbers.items() if not isinstance(value, bool) and math.isfinite(value)}


def as_parameter(value: Any) -> str:
    """Write a parameter as MLflow takes it, cut where it is too long."""
    return truncated(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), LONGEST_PARAMETER)


def start_time(finished: Manifest) -> int:
    """Give the moment at which work on an artifact started, in milliseconds since 1970."""
    return milliseconds(datetime.fromisoformat(finished.run["started"]).timestamp())


def end_time(finished: Manifest) -> int:
    """Give the moment at which it was finished."""
    return start_time(finished) + milliseconds(finished.run.get("seconds", 0))


def milliseconds(seconds: float) -> int:
    """Give whole milliseconds, MLflow's unit."""
    return round(seconds * 1000)
