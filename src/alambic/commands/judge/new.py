"""`judge new`: one blind form per judge, and the key to them."""

import json
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from alambic.commands.judge.specification import Specification, read_specification
from alambic.commands.outputs import Outputs, encodable, read_column, read_outputs
from alambic.errors import UserError
from alambic.forms.order import balanced_orders, shuffled
from alambic.forms.page import Form, render
from alambic.runtime.whole_file import write_atomically
from alambic.tasks.exercises.exercise import Exercise, MultipleChoice
from alambic.tasks.exercises.line import NotAnExercise, read_line

ASSETS = Path(__file__).parent / "assets"
REFERENCE = "reference"
KEY = "key.json"
MOST_JUDGES = 1000
MOST_TEXTS = 6  # side by side


@dataclass(frozen=True)
class Choices:
    """What the command is asked for."""

    form: str
    reference: str
    texts: str
    judges: int
    items: int
    seed: int
    system_seed: str
    language: str


def make_forms(systems: dict[str, str], choices: Choices, folder: Path) -> None:
    """Write `judge1.html`, `judge2.html`... and `key.json`; nothing in a form names a system."""
    specification = read_specification(choices.form)
    if not 1 <= choices.judges <= MOST_JUDGES or choices.items < 1:
        raise UserError(
            f"--judges {choices.judges} --items {choices.items}: expected 1 to {MOST_JUDGES} judges, and 1 item or more"
        )
    if folder.exists():
        raise UserError(f"--output {folder} exists: forms that judges have begun are not to be made again")
    texts = _texts(systems, choices)
    read = _encodable(read_column(choices.texts, "text")) if choices.texts else {}
    items = _items(texts, read, choices)
    judges = {
        f"judge{number}": _orders(items, list(texts), choices.seed, number) for number in range(1, choices.judges + 1)
    }
    key: dict[str, Any] = {
        "seed": choices.seed,
        "systems": systems,
        "specification": specification.model_dump(),
        "texts": {name: {item: by_item[item] for item in items} for name, by_item in texts.items()},
        "judges": judges,
    }
    key = {"form": sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16], **key}
    pages = {
        judge: _page(key["form"], judge, orders, texts, read, specification, choices.language)
        for judge, orders in judges.items()
    }
    folder.mkdir(parents=True)
    write_atomically(folder / KEY, json.dumps(key, ensure_ascii=False, indent=1) + "\n")  # first: no form without it
    for judge, page in pages.items():
        write_atomically(folder / f"{judge}.html", page)
    sys.stdout.write(
        f"{folder}: {choices.judges} forms of {len(items)} items, {len(texts)} texts each; give a form to each judge, "
        f"and {KEY} to none\n"
    )


def _texts(systems: dict[str, str], choices: Choices) -> dict[str, dict[str, str]]:
    """Read what each system wrote, by item, and the reference."""
    if REFERENCE in systems:
        raise UserError(f"--system {REFERENCE}: that is the name of the reference: give another one")
    outputs: dict[str, Outputs] = {
        name: read_outputs(place, seed=choices.system_seed if not Path(place).is_file() else "")
        for name, place in systems.items()
    }
    right: dict[str, str] = next((each.right for each in outputs.values() if each.right), {})
    if choices.reference:
        right = read_column(choices.reference, "written")
    texts = {name: _encodable(each.texts) for name, each in outputs.items()}
    texts |= {REFERENCE: _encodable(right)} if right else {}
    if not 2 <= len(texts) <= MOST_TEXTS:
        raise UserError(
            f"{len(texts)} texts for each item ({', '.join(texts)}): expected 2 to {MOST_TEXTS}: give systems, or a "
            "--reference"
        )
    return texts


def _encodable(texts: dict[str, str]) -> dict[str, str]:
    return {item: encodable(text) for item, text in texts.items()}


def _items(texts: dict[str, dict[str, str]], read: dict[str, str], choices: Choices) -> list[str]:
    """Draw the items that every system wrote for; say how many were not."""
    sets = [set(by_item) for by_item in texts.values()] + ([set(read)] if read else [])
    common = sorted(set.intersection(*sets))
    if not common:
        raise UserError("no item has a text of every system: the ids of the files and predictions have to be the same")
    if left_out := len(set.union(*sets)) - len(common):
        sys.stdout.write(f"{left_out} items are left out: not every system, or not the file of --texts, has them\n")
    if len(common) < choices.items:
        sys.stdout.write(f"{len(common)} items, of {choices.items} asked for\n")
    return shuffled(common, choices.seed, "items")[: choices.items]


def _orders(items: list[str], names: list[str], seed: int, judge: int) -> list[dict[str, Any]]:
    """Draw in which order a judge sees items, and the texts of each."""
    orders = balanced_orders(names, len(items), seed, "texts", judge)
    shown = shuffled(items, seed, "judge", judge)
    return [{"item": item, "order": order} for item, order in zip(shown, orders, strict=True)]


def _page(
    form: str,
    judge: str,
    orders: list[dict[str, Any]],
    texts: dict[str, dict[str, str]],
    read: dict[str, str],
    specification: Specification,
    language: str,
) -> str:
    shown = _as_exercise if specification.show == "exercise" else str
    items = [
        {
            "id": each["item"],
            "source": read.get(each["item"], ""),
            "texts": [shown(texts[name][each["item"]]) for name in each["order"]],
        }
        for each in orders
    ]
    criteria = [{"name": name, **criterion.model_dump()} for name, criterion in specification.criteria.items()]
    return render(
        Form(
            name=f"judge-{form}-{judge}",
            title=specification.title.model_dump(),
            data={
                "form": form,
                "judge": judge,
                "items": items,
                "criteria": criteria,
                "instructions": specification.instructions.model_dump(),
            },
            words=json.loads((ASSETS / "words.json").read_text(encoding="utf-8")),
            script=(ASSETS / "judge.js").read_text(encoding="utf-8"),
            language=language,
        )
    )


def _as_exercise(line: str) -> str:
    """Lay a line out as a question with its answers; one that is no exercise stays as it was written."""
    try:
        exercise: Exercise = read_line(line)
    except NotAnExercise:
        return line
    if isinstance(exercise, MultipleChoice):
        answers = [f"{'✓' if answer.right else '–'} {answer.text}" for answer in exercise.answers]
    else:
        answers = [f"✓ {text}" for text in exercise.accepted]
    return "\n".join([exercise.question, *answers])
