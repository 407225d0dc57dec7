"""The command: ask or take what is said, look at the files, write the experiment, and have the plan accept it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote

from alambic.commands.check.lines import report
from alambic.commands.check.survey import Request, Survey, survey
from alambic.commands.new.choices import KINDS
from alambic.commands.new.experiment import write
from alambic.commands.new.teacher import DEMO, find_teacher
from alambic.errors import UserError, nearest
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.runtime.whole_file import write_atomically
from alambic.settings.experiment_file import load_experiment


def new(
    path: Path, task: Request | None, *, kind: str, corpus: Request | None, teacher: str, teacher_licence: str
) -> Iterator[str]:
    """Write an experiment to `path`; yield what was read, and what to do next.

    UserError where something of the files is rejected, or the experiment exists.
    """
    if path.suffix not in (".yaml", ".yml"):
        raise UserError(f"{path}: an experiment is a file of YAML: end its name in .yaml")
    if path.exists():
        raise UserError(f"{path} exists: give another name, or remove it")
    asks = task is None
    if task is None:
        task, kind = _ask_for_task(kind)
    found = _surveyed(_of_kind(task, kind))
    if found.certificates:
        raise UserError(
            f"{task.path} holds death certificates: copy config/experiments/certificates.yaml, and put the lines that "
            "`python -m alambic check` prints in the place of its certificates; or give --text-column to read a table"
        )
    if kind and found.task.get("task") != KINDS[kind]:
        raise UserError(
            f"--kind {kind} is `{KINDS[kind]}`, and {task.path} is read for `{found.task.get('task', 'no task')}`: "
            "say how, with --format, --label-column, --second-column"
        )
    if not found.answers:
        raise UserError(f"{task.path} has no answer to learn from: say where with --label-column, or give annotations")
    if asks:
        corpus, teacher = _ask_for_corpus(), _ask("The teacher: a folder, owner/name of the hub", teacher or DEMO)
    of_corpus = (corpus.path, _surveyed(corpus).collect) if corpus else None
    chosen = find_teacher(teacher or DEMO, licence=teacher_licence)
    yield from report(found, task.path)
    lines = write(path, found, chosen, task=task.path, corpus=of_corpus)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, "\n".join(lines) + "\n")
    check_before_running(Plan(load_experiment(str(path))))
    yield ""
    yield f"{path} is written. What would run, and the student's size:"
    yield f"  make plan EXPERIMENT={quote(str(path))}"
    yield f"  make run EXPERIMENT={quote(str(path))}"


def _surveyed(request: Request) -> Survey:
    found = survey(request)
    if found.rejections.rejected or not found.texts:
        shown = "\n".join(report(found, request.path))
        raise UserError(f"not every row can be read: correct the file, or say how to read it\n{shown}")
    return found


def _of_kind(task: Request, kind: str) -> Request:
    if kind == "pairs" and not task.second_column:
        raise UserError("--kind pairs needs --second-column: the column with the other text")
    return replace(task, separator="|") if kind == "multilabels" and not task.separator else task


def _ask_for_task(kind: str) -> tuple[Request, str]:
    if not sys.stdin.isatty():
        raise UserError("give --task: the file or folder with annotated texts (on a terminal it is asked for)")
    path = Path(_ask("The file or folder with your annotated texts")).expanduser()
    kind = kind or _ask(f"What is asked of a text: {', '.join(KINDS)}", "labels")
    if kind not in KINDS:
        raise UserError(f"{kind}: {nearest(kind, list(KINDS))}")
    if kind == "entities":
        return Request(path), kind
    text = _ask("The column with the texts", "text")
    second = _ask("The column with the other text") if kind == "pairs" else ""
    label = _ask("The column with the labels", "label")
    return Request(path, text_column=text, label_column=label, second_column=second), kind


def _ask_for_corpus() -> Request | None:
    path = _ask("A folder with further texts, which need no annotation (empty: none)", "")
    return Request(Path(path).expanduser()) if path else None


def _ask(question: str, default: str | None = None) -> str:
    shown = f" [{default}]" if default else ""
    while True:
        answer = input(f"{question}{shown}: ").strip()
        if answer or default is not None:
            return answer or (default or "")
