"""What `check` says: counts, what is refused and why, and the lines of YAML to paste."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alambic.commands.check import certificates
from alambic.commands.check.survey import MOST_VALUES, Survey

MOST_LABELS = 40
NAMES_OF_ANSWERS = {"entities": "entities", certificates.FORM: "codes"}
FEWEST = 10  # texts with a label, below which a split may leave it out on one side


def report(found: Survey, path: Path) -> Iterator[str]:
    """Yield the lines."""
    yield f"{path}: {_format(found)}"
    yield f"{found.texts:,} texts, {found.words:,} words"
    if found.certificates:
        yield from certificates.report(found.certificates, found.texts)
    elif found.repeated:
        yield f"{found.repeated:,} texts repeat an earlier one: a drawn split keeps them on one side"
    if found.columns:
        yield "columns:"
    for column, values in found.columns.items():
        yield f"  {column}: {_values(values)}"
    if found.answers:
        yield f"{NAMES_OF_ANSWERS.get(found.task['task'], 'labels')}:"
        for name, count in found.answers.most_common(MOST_LABELS):
            rare = f"  (fewer than {FEWEST}: a drawn test part may have none)" if count < FEWEST else ""
            rare = "" if found.certificates else rare  # most codes are rare
            yield f"  {count:>8,}  {name}{rare}"
        if len(found.answers) > MOST_LABELS:
            yield f"  and {len(found.answers) - MOST_LABELS} more"
    elif not found.task:
        yield "no answers: --label-column COLUMN counts the labels of a column"
    elif found.certificates:
        yield "no certificate is coded: `python -m alambic apply` codes them with a model that was fine-tuned on others"
    elif found.task["task"] == "entities":
        yield "no entity is marked: a task needs some"
    else:
        yield f"no label: column '{found.task['label_column']}' has none to learn from"
    yield from _passed_over(found)
    yield from _rejected(found)
    if not found.texts and any(one.reason.startswith("no column") for one in found.rejections.listed):
        yield "give --text-column: the column with the texts (or --delimiter, where all columns are shown as one)"
    if found.texts:
        yield ""
        yield from settings(found, path)


def _format(found: Survey) -> str:
    source = found.collect["source"]
    return f"source `{source}`" + (f", format `{found.form}`" if source == "annotated_texts" else "")


def _values(values: Mapping[str, int]) -> str:
    if len(values) > MOST_VALUES:
        return f"more than {MOST_VALUES} values"
    shown = [f"{value[:30]} ({count:,})" for value, count in list(values.items())[:6]]
    return ", ".join(shown) + (f" and {len(values) - 6} more" if len(values) > 6 else "")


def _passed_over(found: Survey) -> Iterator[str]:
    left_out = dict(found.rejections.left_out)
    if found.overlapping:
        left_out["entities that overlap a longer one (`flat: shortest` takes the others)"] = found.overlapping
    if left_out:
        yield "passed over:"
    for reason, count in sorted(left_out.items()):
        yield f"  {count:>8,}  {reason}"


def _rejected(found: Survey) -> Iterator[str]:
    rejections = found.rejections
    if not rejections.rejected:
        yield "nothing is rejected"
        return
    yield f"rejected: {rejections.rejected:,} of {rejections.read:,} rows or files"
    for reason, count in rejections.reasons.items():
        places = [one.place for one in rejections.listed if one.reason == reason]
        if count == 1 and places:
            yield f"  {places[0]}: {reason}"
            continue
        yield f"  {reason} ({count:,})"
        yield from (f"    {place}" for place in places)
    if rejections.rejected > len(rejections.listed):
        yield f"  and more: --show {rejections.rejected} lists them all"


def item_name(path: Path) -> str:
    """Make a name for an experiment of a file's: "Mes notes.csv" -> "Mes_notes"."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", path.absolute().name.split(".")[0]).strip("_-")
    return name[:40] or "texts"


def settings(found: Survey, path: Path) -> Iterator[str]:
    """Yield the sections `collect` and `tasks` of an experiment that reads these files."""
    name = item_name(path)
    yield "# for the experiment:"
    yield "collect:"
    yield f"  {name}: {flow(found.collect)}"
    if found.certificates and found.answers:
        labels, of_labels = certificates.LABELS
        yield f"  {labels}: {flow(of_labels)}"
    if found.task and found.answers:
        data = certificates.settings(name) if found.certificates else {"train": name}
        yield "tasks:"
        yield f"  {name}: {flow({**found.task, 'data': data})}"


def flow(values: Mapping[str, Any]) -> str:
    """Write a mapping on one line of YAML."""
    return "{" + ", ".join(f"{key}: {_scalar(value)}" for key, value in values.items()) + "}"


def _scalar(value: Any) -> str:
    if isinstance(value, Mapping):
        return flow(value)
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_/][A-Za-z0-9_./-]*", value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
