"""A page on which a person tries exercises: offline, by keyboard, in French and in English."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from alambic.forms.page import Form, Words, render
from alambic.tasks.exercises.exercise import Exercise, MultipleChoice

ASSETS = Path(__file__).parent / "assets"
TITLE = {"fr": "Exercices", "en": "Exercises"}


def write_page(exercises: Sequence[tuple[str, Exercise]], *, title: Words = TITLE, language: str = "fr") -> str:
    """Write the page; its exercises are in their order, their answers in a drawn one that stays."""
    items = [{"name": name, **_as_json(exercise)} for name, exercise in exercises]
    digest = sha256(json.dumps(items).encode()).hexdigest()[:16]
    form = Form(
        name=f"exercises-{digest}",
        title=title,
        data={"exercises": items},
        words=json.loads((ASSETS / "words.json").read_text(encoding="utf-8")),
        script=(ASSETS / "exercises.js").read_text(encoding="utf-8"),
        language=language,
    )
    return render(form)


def _as_json(exercise: Exercise) -> dict[str, object]:
    if isinstance(exercise, MultipleChoice):
        answers = [{"text": answer.text, "right": answer.right} for answer in exercise.answers]
        return {"question": exercise.question, "answers": answers}
    return {"question": exercise.question, "accepted": list(exercise.accepted)}
