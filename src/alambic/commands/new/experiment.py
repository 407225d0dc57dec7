"""The text of an experiment on a person's own data: every section with a line that says what it is for."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from alambic.commands.check.lines import flow, item_name
from alambic.commands.check.survey import Survey
from alambic.commands.new.teacher import Teacher
from alambic.settings.schema import FILE

STEPS = 300  # of a fine-tuning, at least
BATCH = 16
STEPS_OF_CORPUS = "{normalise: {}, exact_duplicates: {}, near_duplicates: {}}"
LEARNS = {  # of each family: the signal, its options, the objective
    "encoder": ("hidden_states", "hidden_regression", "its hidden states"),
    "causal": ("next_tokens", "forward_kl", "its distribution of each next token"),
}


def write(
    path: Path, found: Survey, teacher: Teacher, *, task: Path, corpus: tuple[Path, dict[str, Any]] | None
) -> Iterator[str]:
    """Yield the lines of the experiment that `path` is to hold."""
    folder = path.absolute().parent
    name, texts = item_name(path), item_name(task)
    corpus_name = item_name(corpus[0]) if corpus else texts
    if corpus and corpus_name == texts:
        corpus_name = f"{corpus_name}_corpus"
    signal, objective, states = LEARNS[teacher.family]
    yield f"# yaml-language-server: $schema={_schema(folder)}"
    yield f"# A student of your own, scored on your task. `make plan EXPERIMENT={quote(path.name)}` shows what runs."
    yield f"name: {name}"
    yield ""
    yield "# What is read. A digest pins what was there today; `python -m alambic digest PATH` prints a new one."
    yield "collect:"
    yield f"  {texts}: {flow(_relative(found.collect, folder))}"
    if corpus:
        yield f"  {corpus_name}: {flow(_relative(corpus[1], folder))}"
    yield ""
    yield from _licences([found.collect, *([corpus[1]] if corpus else []), teacher.settings])
    yield "# What the teacher and the student read. The texts that are scored are left out by themselves."
    yield "clean:"
    yield f"  corpus: {{sources: [{corpus_name}], steps: {STEPS_OF_CORPUS}}}"
    if not corpus:
        yield "  # These are the texts of the task alone: give `new` a --corpus, and the student learns more."
    yield ""
    yield "fetch:"
    yield f"  teacher: {flow(_relative(teacher.settings, folder))}"
    yield ""
    yield "# The teacher's vocabulary, with pieces of your texts, without those that French never uses."
    yield "tokenizer:"
    yield "  own: {base: teacher, corpus: corpus, added_pieces: 500}"
    yield ""
    yield f"# What the student learns of the teacher: {states}, stored once."
    yield "teach:"
    yield f"  signal: {{teacher: teacher, corpus: corpus, signal: {signal}}}"
    yield ""
    family = "" if teacher.family == "encoder" else f"family: {teacher.family}, "
    common = f"{family}teacher: teacher, tokenizer: own, corpus: corpus, layers: {teacher.layers}"
    yield "# The student keeps a third of the teacher's layers; the control learns the same text without a teacher."
    yield "distill:"
    yield f"  student: {{{common}, signal: signal, objectives: {{{objective}: {{}}}}}}"
    yield f"  control: {{{common}, initial: random, objectives: {{cross_entropy: {{}}}}}}"
    yield ""
    yield "# Your task. A fifth of its texts is drawn to be scored; `group_column: COLUMN` keeps a patient on one side."
    yield "tasks:"
    yield f"  {texts}: {flow({**found.task, 'data': {'train': texts}})}"
    yield ""
    epochs = min(20, max(3, math.ceil(STEPS * BATCH / max(found.texts, 1))))
    yield "# Three seeds, so that intervals cover what a draw changes."
    yield "finetune:"
    yield "  models: [teacher, student, control]"
    yield "  seeds: [1, 2, 3]"
    yield f"  epochs: {epochs} # for {found.texts} texts"
    yield f"  batch_size: {BATCH}"
    yield "  by_model: {teacher: {learning_rate: 1.0e-4}}"
    yield ""
    yield "report:"
    yield "  compare: [[student, control], [student, teacher]]"


def _licences(items: list[dict[str, Any]]) -> Iterator[str]:
    """Yield terms for licences that are in no table: the strictest, until their owner says otherwise."""
    names = dict.fromkeys(str(item.get("licence", "")) for item in items)
    own = [name for name in names if name.startswith("LicenseRef-")]
    if own:
        yield "# Of what is yours nothing is passed on until you say so (docs/how-to/release.md)."
        yield "licences:"
        yield from (f"  {name}: {{commercial: false, redistribution: false}}" for name in own)
        yield ""


def _schema(folder: Path) -> str:
    """Name the schema: from within the project by a relative path, which a copy of both keeps."""
    inside = folder.is_relative_to(FILE.parents[1])
    return os.path.relpath(FILE, folder) if inside else str(FILE)


def _relative(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write the path of what lies below the experiment's folder from there."""
    path = Path(settings.get("path", ""))
    if path.is_absolute() and path.is_relative_to(folder) and path != folder:
        return {**settings, "path": str(path.relative_to(folder))}
    return settings
