"""What the page shows of single answers: labels, texts with errors marked, alarms; from files as jobs leave them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alambic.data.archive_pointer import Pointer
from alambic.data.artifact import complete, list_files
from alambic.data.documents import Document, write_documents, write_table
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.errors import UserError
from alambic.settings import Report, Task
from alambic.settings.promotion import PromoteSection
from alambic.stages.report.answers import read_answers
from alambic.stages.report.finished_artifacts import open_all
from alambic.stages.report.label_counts import by_label, together
from alambic.stages.report.run import run

TEXTS = {
    "one": ("Le <patient> prend de l'aspirine pour une toux.", [("DRUG", "aspirine"), ("DISEASE", "toux")]),
    "two": ("La digoxine suffit.", [("DRUG", "digoxine")]),
    "three": ("Rien à signaler.", []),
}
OUT = "O"
# By model: of each text, the tags of its words, of which punctuation is one.
TAGS = {
    "teacher": {
        "one": [OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, "B-DRUG", OUT, OUT, "B-DISEASE", OUT],
        "two": [OUT, "B-DRUG", OUT, OUT],
        "three": [OUT, OUT, OUT, OUT],
    },
    "student": {
        "one": [OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, "B-DRUG", OUT, "B-DISEASE", "I-DISEASE", OUT],
        "two": [OUT, OUT, OUT, OUT],
        "three": [OUT, OUT, OUT, OUT],
    },
}
GOLD = TAGS["teacher"]


def write(folder: Path, stage: str, item: str, *, settings: dict[str, Any] | None = None, **record: Any) -> Path:
    """Complete an artifact whose other files are there."""
    fingerprint = (f"{stage}{item}".encode().hex() + "0" * 64)[:64]
    target = folder / stage / item / fingerprint[:16]
    target.mkdir(parents=True, exist_ok=True)
    made = {"identity": {}, "sources": {}, "inputs": {}, "facts": {}, "run": {}} | record
    complete(target, Manifest(stage, item, fingerprint, settings or {}, files=list_files(target), **made))
    return target


def place(folder: Path, stage: str, item: str) -> Path:
    """Give the folder that an artifact will have."""
    return folder / stage / item / (f"{stage}{item}".encode().hex() + "0" * 64)[:16]


def annotations(text: str, entities: list[tuple[str, str]]) -> str:
    """Write entities as brat does."""
    starts = [(label, word, text.index(word)) for label, word in entities]
    return "".join(f"T{n}\t{label} {at} {at + len(word)}\t{word}\n" for n, (label, word, at) in enumerate(starts, 1))


def collected(folder: Path, item: str, rows: dict[str, tuple[str, list[tuple[str, str]]]]) -> str:
    """Collect annotated texts; return the artifact's fingerprint."""
    target = place(folder, "collect", item)
    target.mkdir(parents=True)
    documents = (
        Document(name, text, item, "", "CC0-1.0", metadata={"annotations": annotations(text, entities)})
        for name, (text, entities) in rows.items()
    )
    write_documents(documents, target)
    return Manifest.read(write(folder, "collect", item) / "manifest.json").fingerprint


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Write two sources, a teacher, its student, and their evaluations on three texts."""
    inputs = {"train": [collected(tmp_path, "learnt", TEXTS)], "test": [collected(tmp_path, "scored", TEXTS)]}
    task = Task.model_validate({"task": "entities", "data": {"train": "learnt", "test": "scored"}})
    write(tmp_path, "fetch", "teacher", facts={"parameters": 100, "embedding_parameters": 60, "family": "encoder"})
    distill = {"teacher": "teacher", "signal": "states", "family": "encoder"}
    write(tmp_path, "distill", "student", settings=distill, facts={"parameters": 10, "embedding_parameters": 6})
    for model, tags in TAGS.items():
        target, scored = (place(tmp_path, stage, f"{model}/notes") for stage in ("predict", "evaluate"))
        target.mkdir(parents=True), scored.mkdir(parents=True)
        given = [tuple(tags[name]) for name in TEXTS]
        answered = PredictedExamples(
            "test",
            "test",
            ids=list(TEXTS),
            gold=[tuple(GOLD[name]) for name in TEXTS],
            units=[""] * len(TEXTS),
            attributes=[{}] * len(TEXTS),
            tokens=[[]] * len(TEXTS),
            predicted={"1": given},
        )
        write_predictions(target, [answered], labels=["O", "B-DRUG", "I-DRUG", "B-DISEASE", "I-DISEASE"], rules="")
        value = {"teacher": 1.0, "student": 0.4}[model]
        measure = {"dataset": "test", "split": "test", "metric": "entity_f1"}
        scores = [{**measure, "signature": "s", "value": value, "low": value - 0.4, "high": value, "seed": "all"}]
        (scored / "scores.json").write_text(json.dumps(scores))
        drawn = [{**measure, "values": np.full(20, value).tolist(), "ids_digest": "d"}]
        write_table(pa.Table.from_pylist(drawn), scored / "resamples.parquet")
        settings = {"task": task.model_dump(mode="json"), "seeds": [1]}
        write(tmp_path, "predict", f"{model}/notes", settings=settings, inputs=inputs)
        write(tmp_path, "evaluate", f"{model}/notes", settings={"confidence": 0.95})
    names = ["collect/learnt", "collect/scored", "fetch/teacher", "distill/student"]
    names += [f"{stage}/{model}/notes" for stage in ("predict", "evaluate") for model in TAGS]
    return {name: place(tmp_path, *name.split("/", 1)) for name in names}


def shown(folders: dict[str, Path], output: Path, **settings: Any) -> str:
    output.mkdir(exist_ok=True)
    run(
        Report.model_validate({"experiment": "notes", "items": list(folders), **settings}),
        Inputs({"artifacts": list(folders.values())}),
        output,
    )
    page = (output / "report.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r'<span class="fr" lang="fr">.*?</span>', "", page, flags=re.DOTALL).split())


def test_labels_are_counted_over_words_and_label_together(folders: dict[str, Path]):
    settings = Report.model_validate({"experiment": "notes", "items": list(folders)})
    teacher, student = read_answers(open_all(settings, Inputs({"artifacts": list(folders.values())})))
    assert together(teacher).f1 == 1 and (student.model, student.tagged) == ("student", True)
    scored = by_label(student)
    assert list(scored) == ["DRUG", "DISEASE"]  # most frequent first
    assert (scored["DRUG"].precision, scored["DRUG"].recall, scored["DRUG"].support) == (1, 0.5, 2)
    assert scored["DISEASE"].f1 == 0  # a word too many
    assert together(student).f1 == pytest.approx(2 * 1 / (2 + 3))


def test_texts_come_with_their_errors_marked_and_escaped(folders: dict[str, Path], tmp_path: Path):
    page = shown(folders, tmp_path / "out", texts=["notes"])
    section = page.partition('id="examples"')[2].partition("</section>")[0]
    first, second = re.findall(r'<article class="example">.*?</article>', section)
    assert "<code>one</code>" in first and "&lt;patient&gt;" in first and "<code>two</code>" in second
    teacher, student = first.split('data-model="student"')
    assert '<mark class="right">toux<b>✓ DISEASE</b></mark>' in teacher and "wrong" not in teacher
    assert '<mark class="wrong">une toux<b>✗ DISEASE</b></mark>' in student
    assert '<mark class="missed">digoxine<b>○ DRUG</b></mark>' in second
    assert "three" not in section  # both are right there
    rows = re.sub(r"<[^>]+>", " ", section)
    assert re.search(r"both\s+Texts\s+1\s.*teacher alone\s+Texts\s+2\s", rows)


def test_no_text_of_a_task_leaves_whose_terms_do_not_allow_it(folders: dict[str, Path], tmp_path: Path):
    page = shown(folders, tmp_path / "out", texts=[])
    assert "aspirine" not in page and "digoxine" not in page
    assert "No text of notes is shown" in page and "teacher alone" in page


def test_texts_in_an_archive_are_said_to_be_there(folders: dict[str, Path], tmp_path: Path):
    source = folders["collect/scored"]
    (tar := next(source.glob("*.parquet"))).unlink()
    pointer = Pointer(str(tmp_path / "x.tar"), "0" * 64, 1, [tar.name])
    (source / ".archived.json").write_text(pointer.dump())
    page = shown(folders, tmp_path / "out", texts=["notes"])
    assert "The texts are in an archive" in page and "digoxine" not in page


def test_what_rests_on_little_is_said_before_the_scores(folders: dict[str, Path], tmp_path: Path):
    page = shown(folders, tmp_path / "out")
    alarms = page.partition('id="alarms"')[2].partition("</section>")[0]
    assert page.index('id="alarms"') < page.index('id="results"')
    text = re.sub(r"<[^>]+>", "", alarms)
    assert "The interval of student on notes, test reaches what one and the same answer" in text
    assert "The scores of teacher and student rest on one fine-tuning" in text
    assert "notes, test has 3 (documents, certificates, or texts that stand alone): only large differences" in text
    assert "Each of student is the outcome of a single training" in text


def rescored(folders: dict[str, Path], model: str, **numbers: Any) -> None:
    """Give a model another score than the one that its evaluation left."""
    path = folders[f"evaluate/{model}/notes"] / "scores.json"
    rows = [{**row, **numbers} for row in json.loads(path.read_text())]
    path.write_text(json.dumps(rows))


def findings(page: str) -> list[str]:
    """Give the sentences that stand first on the page."""
    found = re.findall(r'<p class="finding">(.*?)</p>', page.partition('id="finding"')[2].partition("</section>")[0])
    return [re.sub(r"<[^>]+>", "", each).replace("\u202f", " ") for each in found]


def test_a_promotion_on_a_test_set_that_is_not_there_is_an_alarm(folders: dict[str, Path], tmp_path: Path):
    asked = PromoteSection.model_validate(
        {
            "students": ["student"],
            "teacher": "teacher",
            "control": "control",
            "margin": 0.1,
            "tasks": {"notes": {"metric": "entity_f1", "datasets": ["test_2025"]}},
        }
    )
    page = shown(folders, tmp_path / "out", promote=asked.model_dump())
    alarms = re.sub(r"<[^>]+>", "", page.partition('id="alarms"')[2].partition("</section>")[0])
    assert "What was asked of student on notes, test 2025 counts as not shown: no such test set was scored" in alarms
    assert "known: test" in alarms
    assert "student is not promoted" in re.sub(r"<[^>]+>", "", page)


def test_the_finding_is_what_the_student_keeps_of_its_teacher(folders: dict[str, Path], tmp_path: Path):
    rescored(folders, "student", low=0.2)
    assert findings(shown(folders, tmp_path / "out")) == [
        "student keeps 40 % [40, 40] of the scores of its teacher teacher, on average over 1 test sets, "
        "with 10 times fewer parameters."
    ]


@pytest.mark.parametrize("model", ["student", "teacher"])
def test_where_scores_are_those_of_chance_no_success_is_claimed(folders: dict[str, Path], tmp_path: Path, model: str):
    rescored(folders, "student", low=0.2)
    rescored(folders, model, low=0.0)
    assert findings(shown(folders, tmp_path / "out")) == [
        f"{model} is not shown to be better than chance on any test set: one and the same answer to every text would "
        "do as well."
    ]


def test_a_document_counts_once_however_many_texts_it_has(folders: dict[str, Path], tmp_path: Path):
    for model, tags in TAGS.items():
        folder = folders[f"predict/{model}/notes"]
        part = PredictedExamples(
            "test",
            "test",
            ids=list(TEXTS),
            gold=[tuple(GOLD[name]) for name in TEXTS],
            units=["letter", "letter", ""],
            attributes=[{}] * len(TEXTS),
            tokens=[[]] * len(TEXTS),
            predicted={"1": [tuple(tags[name]) for name in TEXTS]},
        )
        write_predictions(folder, [part], labels=["O", "B-DRUG", "I-DRUG", "B-DISEASE", "I-DISEASE"], rules="")
    alarms = shown(folders, tmp_path / "out").partition('id="alarms"')[2].partition("</section>")[0]
    assert "notes, test has 2 (documents" in alarms


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('[{"dataset"', "no JSON"),
        ("{}", "expected a list of rows"),
        ('[{"dataset": "test"}]', "a row has dataset; expected"),
        (None, "the file is missing"),
        (float("nan"), "entity_f1 on test, seed all: value is nan"),
    ],
)
def test_damaged_scores_are_an_error_that_names_file_and_remedy(
    folders: dict[str, Path], tmp_path: Path, content: Any, problem: str
):
    path = folders["evaluate/student/notes"] / "scores.json"
    if content is None:
        path.unlink()
    elif isinstance(content, str):
        path.write_text(content)
    else:
        rescored(folders, "student", value=content)
    with pytest.raises(UserError) as error:
        shown(folders, tmp_path / "out")
    assert f"{path} is damaged ({problem}" in str(error.value)
    assert f"remove {path.parent} to make it again, or `python -m alambic verify --repair {path.parent}`" in str(
        error.value
    )


@pytest.mark.parametrize("name", ["counts.parquet", "resamples.parquet", "predictions.parquet"])
def test_damaged_tables_are_an_error_too(folders: dict[str, Path], tmp_path: Path, name: str):
    stage = "predict" if name == "predictions.parquet" else "evaluate"
    path = folders[f"{stage}/student/notes"] / name
    path.write_bytes(b"PAR1 and nothing of Parquet")
    with pytest.raises(UserError, match=rf"{re.escape(str(path))} is not whole Parquet .*verify --repair"):
        shown(folders, tmp_path / "out")


def test_resamples_that_are_no_numbers_are_an_error(folders: dict[str, Path], tmp_path: Path):
    path = folders["evaluate/student/notes"] / "resamples.parquet"
    rows = pq.read_table(path).to_pylist()
    write_table(pa.Table.from_pylist([{**row, "values": [float("nan")] * 20} for row in rows]), path)
    with pytest.raises(UserError, match=r"resamples of entity_f1 on test that are no numbers.*verify --repair"):
        shown(folders, tmp_path / "out")


def test_fewer_answers_than_were_scored_are_an_error(folders: dict[str, Path], tmp_path: Path):
    """A table of predictions that lost rows is whole Parquet."""
    evaluation = folders["evaluate/student/notes"] / "manifest.json"
    record = replace(Manifest.read(evaluation), facts={"test_texts": {"test": 3}})
    evaluation.write_text(record.dump())
    shown(folders, tmp_path / "out")
    path = folders["predict/student/notes"] / "predictions.parquet"
    table = pq.read_table(path)
    write_table(table.slice(0, 2), path)
    with pytest.raises(UserError, match=r"2 answers on test, but 3 texts were scored.*verify --repair"):
        shown(folders, tmp_path / "again")


def test_a_model_without_a_score_and_answers_that_are_not_there_are_alarms(folders: dict[str, Path], tmp_path: Path):
    without = {name: folder for name, folder in folders.items() if name != "evaluate/student/notes"}
    (folders["predict/teacher/notes"] / "predictions.parquet").unlink()
    alarms = shown(without, tmp_path / "out").partition('id="alarms"')[2].partition("</section>")[0]
    assert "Scores are missing.</b> student has no score on notes." in re.sub(r"</?span[^>]*>", "", alarms)
    assert "The answers of teacher/notes are not there" in alarms


def test_what_a_writer_did_not_read_or_end_is_an_alarm(folders: dict[str, Path], tmp_path: Path):
    manifest = folders["predict/student/notes"] / "manifest.json"
    odd = {"texts_longer_than_read": 2, "outputs_without_end": 1, "outputs_without_answer": 3, "empty_texts": 0}
    manifest.write_text(replace(Manifest.read(manifest), facts=odd).dump())
    page = shown(folders, tmp_path / "out")
    alarms = re.sub(r"<[^>]+>", "", page.partition('id="alarms"')[2].partition("</section>")[0])
    assert "Texts whose end was not read: student/notes (2)." in alarms
    assert "Outputs that did not end, and were cut off: student/notes (1)." in alarms
    assert "Empty texts" not in alarms and "without an answer" not in alarms, "none, and what may be right"


def test_sections_that_an_experiment_chooses_are_shown_in_its_order(folders: dict[str, Path], tmp_path: Path):
    page = shown(folders, tmp_path / "out", chosen=["provenance", "labels"])
    assert re.findall(r'<section id="(\w+)"', page) == ["provenance", "labels"]
