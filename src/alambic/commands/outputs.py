"""What systems wrote for the texts of a task: from predictions, or from files with a row per text."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alambic.commands.artifact_folders import find_artifact
from alambic.data.manifest import FILE as MANIFEST
from alambic.data.predictions import NAME, read_predictions
from alambic.errors import UserError, nearest
from alambic.forms.answers import read_answers
from alambic.settings.robustness import PERTURBED


@dataclass(frozen=True)
class Outputs:
    """Texts by the id of what they were written for; of predictions also the right ones."""

    texts: dict[str, str]
    right: dict[str, str] = field(default_factory=dict)


def read_outputs(place: str, *, column: str = "written", seed: str = "") -> Outputs:
    """Read an item such as predict/student/summaries, its folder, or a file with the columns `id` and `column`.

    Of predictions, the test texts of one seed: the first, or the one that is named. UserError where nothing is there,
    several versions lie side by side, or an id comes twice.
    """
    folder = _predictions(Path(place))
    return _of_predictions(folder, seed) if folder else Outputs(read_column(place, column))


def read_column(name: str, column: str) -> dict[str, str]:
    """Read texts by id from a CSV or TSV file, JSON lines, or a text file with a line each, whose number is the id.

    A text may be empty: that is what was written. UserError for another kind of file, a row without the columns `id`
    and `column`, and an id that comes twice.
    """
    path = Path(name)
    if not path.is_file():
        raise UserError(f"{name} does not exist: expected a file with the columns id and {column}")
    texts: dict[str, str] = {}
    for place, row in _rows(path, column):
        if not isinstance(row, dict) or not isinstance(row.get(column), str) or not str(row.get("id", "")).strip():
            raise UserError(f"{path}, row {place}: expected an id and a text in column '{column}'")
        if (identifier := encodable(str(row["id"]))) in texts:
            raise UserError(f"{path}, row {place}: the id {identifier!r} comes twice")
        texts[identifier] = row[column]
    return texts


def encodable(text: str) -> str:
    """Write halves of surrogate pairs, which JSON may hold and no file, as their escapes: "a\\ud800"."""
    return text.encode(errors="backslashreplace").decode()


def _rows(path: Path, column: str) -> Iterator[tuple[int, Any]]:
    """Yield the number of each row, and what it holds by column."""
    if path.suffix in (".csv", ".tsv"):
        yield from read_answers(path, ("id", column))
        return
    if path.suffix not in (".jsonl", ".txt"):
        raise UserError(f"{path}: expected a file .csv, .tsv, .jsonl or .txt")
    try:
        lines = path.read_bytes().decode("utf-8-sig").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is no UTF-8") from error
    for number, line in enumerate(lines, 1):
        if path.suffix == ".txt":
            yield number, {"id": number, column: line.rstrip("\r")}
        elif line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise UserError(f"{path}, row {number}: no JSON ({error})") from error


def _predictions(path: Path) -> Path | None:
    """Find the folder with predictions; None where the path is a file."""
    if path.is_file() and path.name not in (MANIFEST, NAME):
        return None
    folder = find_artifact(str(path), NAME)
    if folder is None:
        raise UserError(
            f"{path} is neither a file nor predictions: give an item such as predict/student/summaries "
            "(`ls artifacts/predict/*`), its folder, or a file with the columns id and written"
        )
    return folder


def _of_predictions(folder: Path, seed: str) -> Outputs:
    found = Outputs({})
    for part in read_predictions(folder).of_split("test"):
        if PERTURBED in part.dataset:
            continue
        chosen = seed or next(iter(part.predicted))
        if chosen not in part.predicted:
            raise UserError(f"{folder}: no seed '{chosen}'; {nearest(chosen, list(part.predicted))}")
        for name, right, text in zip(part.ids, part.gold, part.predicted[chosen], strict=True):
            if not isinstance(text, str) or not isinstance(right, str):
                raise UserError(f"{folder}: {name}: the answer is {text!r}, expected a text that was written")
            if name in found.texts:
                raise UserError(f"{folder}: the id {name!r} is in two test sets")
            found.texts[name], found.right[name] = text, right
    return found
