"""What `check` says of files as people have them: what is read, what is refused and why, lines to paste."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from datasets import Dataset

from alambic.commands.check.formats import FORMATS, guess
from alambic.commands.check.lines import report
from alambic.commands.check.survey import Request, survey
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.settings import read_experiment

CSV = """note;service;patient
Toux depuis trois jours;pneumo;p1
"Douleur; thoracique";cardio;p2
Sans service;;p3
deux;cellules
Toux depuis trois jours;pneumo;p4
"""


def told(path: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "alambic", "check", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_a_table_is_counted_and_its_odd_rows_are_told(tmp_path: Path) -> None:
    (tmp_path / "mes notes.csv").write_text(CSV)
    status, text = told(tmp_path / "mes notes.csv", "--text-column", "note", "--label-column", "service")
    assert status == 1
    assert "3 texts, 10 words" in text and "1 texts repeat an earlier one" in text
    assert "       2  pneumo" in text and "patient: p1 (1), p2 (1), p4 (1)" in text
    assert "mes notes.csv:5: 2 cells, fewer cells than the 3 columns" in text
    assert "mes notes.csv:4: no label in column 'service'" in text
    (tmp_path / "mes notes.csv").write_text(CSV.replace("deux;cellules\n", "").replace("service;;", "service;orl;"))
    status, text = told(tmp_path / "mes notes.csv", "--text-column", "note", "--label-column", "service")
    assert status == 0 and "nothing is rejected" in text
    # The lines to paste are an experiment that a plan and its preflight take.
    content = yaml.safe_load(text.split("# for the experiment:\n")[1])
    plan = Plan(read_experiment({"name": "x", **content}))
    check_before_running(plan)
    assert "collect/mes_notes" in plan


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "give --text-column: the column with the texts"),
        (["--text-column", "note", "--label-column", "ward"], "no such column; the columns: patient, service"),
        (["--format", "brat", "--quotes", "none"], "brat.quotes: unknown key"),
        (["--encoding", "utf-16"], "give its `encoding` (`--encoding`): utf-8, cp1252"),
    ],
)
def test_what_cannot_be_told_is_one_error_with_the_remedy(tmp_path: Path, arguments: list[str], expected: str) -> None:
    (tmp_path / "notes.csv").write_text(CSV)
    status, text = told(tmp_path / "notes.csv", *arguments)
    assert status == 1 and expected in text and "Traceback" not in text


CASES = {
    "doccano.jsonl": ('{"text": "la fièvre", "label": [[3, 9, "DISO"]]}\n', "doccano"),
    "doccano2.jsonl": (
        '{"id": 1, "text": "la fièvre", "relations": [], "entities": [{"id": 1, "label": "DISO", "start_offset": 3, '
        '"end_offset": 9}]}\n',
        "doccano",
    ),
    "prodigy.jsonl": (
        '{"text": "la fièvre", "_task_hash": 1, "spans": [{"start": 3, "end": 9, "label": "DISO"}], "answer": '
        '"accept"}\n',
        "prodigy",
    ),
    "spacy.json": ('[["la fièvre", {"entities": [[3, 9, "DISO"]]}]]', "spacy"),
    "studio.json": (
        '[{"id": 1, "data": {"text": "la fièvre"}, "annotations": [{"result": [{"type": "labels", "to_name": "text", '
        '"value": {"start": 3, "end": 9, "text": "fièvre", "labels": ["DISO"]}}]}]}]',
        "label_studio",
    ),
    "words.tsv": ("la\tO\nfièvre\tB-DISO\n\nle\tO\n", "conll"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_format_is_known_by_what_the_file_holds_and_its_spans_are_counted(tmp_path: Path, name: str) -> None:
    content, form = CASES[name]
    (tmp_path / name).write_text(content)
    found = survey(Request(tmp_path / name))
    assert (found.form, dict(found.answers), found.rejections.rejected) == (form, {"DISO": 1}, 0)
    assert found.task == {"task": "entities"}


def test_brat_and_datasets_on_a_disk_are_known_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat/a.txt").write_text("la fièvre")
    (tmp_path / "brat/a.ann").write_text("T1\tDISO 3 9\tfièvre\nT2\tDISO 0 9\tla fièvre\n")
    (tmp_path / "brat/b.txt").write_text("sans annotation")
    found = survey(Request(tmp_path / "brat"))
    lines = "\n".join(report(found, tmp_path / "brat"))
    assert "1  entities that overlap a longer one" in lines and "'b.txt' has no annotations next to it" in lines
    Dataset.from_dict({"text": ["a", "b"], "label": [["x", "y"], ["x"]]}).save_to_disk(tmp_path / "saved")
    found = survey(Request(tmp_path / "saved"))
    assert found.task == {"task": "text_multilabels", "label_column": "label"}
    assert found.answers == {"x": 2, "y": 1}


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("spans.jsonl", '{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X"}]}\n', "is of no known tool"),
        ("table.json", '[{"text": "a"}]', r"a table in JSON has one object a line"),
        ("scan.pdf", "%PDF", r"'\.pdf' says nothing of what it holds"),
        ("broken.jsonl", "{nothing\n", "no JSON is read at its beginning"),
    ],
)
def test_a_doubtful_format_is_not_guessed(tmp_path: Path, name: str, content: str, error: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=error) as raised:
        guess(tmp_path / name)
    assert f"give --format, one of {', '.join(FORMATS)}" in str(raised.value)


def test_a_table_of_prose_is_no_conll_and_a_list_of_labels_no_spans(tmp_path: Path) -> None:
    (tmp_path / "prose.txt").write_text("Le patient va bien B-\nIl tousse O\n")
    (tmp_path / "labels.jsonl").write_text(json.dumps({"text": "a", "label": ["x", "y"]}) + "\n")
    assert guess(tmp_path / "prose.txt") == guess(tmp_path / "labels.jsonl") == "table"
    with pytest.raises(UserError, match="several formats"):
        (tmp_path / "words.conll").write_text("la O\n")
        guess(tmp_path)


def test_what_an_id_column_names_is_told_by_its_line_and_one_fault_of_all_rows_once(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("id;note;service\n9;Toux;a\n9;Fièvre;a\n4;Douleur;\n")
    _, text = told(tmp_path / "notes.csv", "--text-column", "note", "--id-column", "id", "--label-column", "service")
    assert "notes.csv:3: the id '9' was given before" in text and "notes.csv:4: no label in column 'service'" in text
    _, text = told(tmp_path / "notes.csv", "--text-column", "texte")
    assert text.count("no column 'texte'") == 1 and "no column 'texte'; its columns: id, note, service (3)" in text
    options = ("--text-column", "note", "--label-column", "service", "--second-column", "other")
    status, text = told(tmp_path / "notes.csv", *options)
    assert status == 1 and "--second-column other: no such column; the columns: id, service" in text


def test_a_header_alone_has_no_label(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("text;service\n")
    status, text = told(tmp_path / "notes.csv", "--label-column", "service")
    assert status == 1 and "no label: column 'service' has none to learn from" in text
