"""What systems wrote for the texts of a task: from predictions, or from files with a row per text."""

from dataclasses import dataclass, field
from pathlib import Path

from alambic.commands.apply.texts import Reading, files_of, read_texts
from alambic.data.predictions import NAME, read_predictions
from alambic.data.rejected import Rejections
from alambic.errors import UserError, nearest
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
    """Read texts by id from a table or JSON lines; UserError for a row without one, or an id that comes twice."""
    rejections = Rejections()
    how = Reading(text_column=column, id_column="id", by_line=True)
    texts: dict[str, str] = {}
    for document in read_texts(files_of([name]), how, rejections):
        if document.id in texts:
            raise UserError(f"{name}: the id {document.id!r} comes twice")
        texts[document.id] = document.text
        rejections.accept()
    rejections.check(name)
    return texts


def _predictions(path: Path) -> Path | None:
    """Find the folder with predictions; None where the path is a file."""
    if path.is_file() and path.name not in ("manifest.json", NAME):
        return None
    path = path.parent if path.name in ("manifest.json", NAME) else path
    for folder in (path, Path("artifacts") / path):
        if (folder / NAME).is_file():
            return folder
        made = sorted(file.parent for file in folder.glob(f"*/{NAME}"))
        if len(made) > 1:
            shown = "\n".join(f"  {each}" for each in made)
            raise UserError(f"{path} was made in {len(made)} versions: give the folder of one\n{shown}")
        if made:
            return made[0]
    raise UserError(
        f"{path} is neither a file nor predictions: give an item such as predict/student/summaries "
        "(`ls artifacts/predict/*`), its folder, or a file with the columns id and written"
    )


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
