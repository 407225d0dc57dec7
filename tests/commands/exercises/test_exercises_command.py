"""The command that gives written exercises to teachers: every format, and the lines that are none."""

import csv
import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from alambic.commands.exercises.run import FORMATS, export
from alambic.errors import UserError

LINES = ["Q: a ? | + b | - c", "Q: d ? | = e", "Q: f ? | + g", "", "Q: h ? | + i | - j | - k"]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "written.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "written"), *((f"n{n}", line) for n, line in enumerate(LINES) if line)])
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_the_exercises_and_what_is_none_is_named(written, tmp_path, capsys, suffix):
    file = tmp_path / f"out{suffix}"
    export(str(written), file, column="written", seed="", category="", language="en")
    content = file.read_text(encoding="utf-8")
    assert all(question in content for question in ("a ?", "d ?", "h ?")) and "f ?" not in content
    assert capsys.readouterr().out == "3 of 4 lines are exercises\n  no_distractor: 1\n"
    rows = list(csv.reader((tmp_path / f"out{suffix}.failures.csv").open(encoding="utf-8")))
    assert rows == [["id", "reason", "line"], ["n2", "no_distractor", "Q: f ? | + g"]]


@pytest.mark.parametrize("suffix", [".gift", ".xml"])
def test_a_name_with_a_line_end_or_a_control_character_breaks_no_file(tmp_path, suffix):
    path = tmp_path / "named.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "written"), ("a\n\n::b\x07c", LINES[0])])
    file = tmp_path / f"out{suffix}"
    export(str(path), file, column="written", seed="", category="", language="en")
    content = file.read_text(encoding="utf-8")
    if suffix == ".xml":
        assert ElementTree.fromstring(content).findtext("question/name/text") == "a ::b c"
    else:
        assert content.startswith(r"::a \:\:b c::[plain]a ?{")


def test_half_a_surrogate_pair_costs_its_line_alone(tmp_path):
    path, file = tmp_path / "a.jsonl", tmp_path / "out.csv"
    lines = [{"id": "a", "written": LINES[0]}, {"id": "b", "written": "Q: \ud800 ? | + b | - c"}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    export(str(path), file, column="written", seed="", category="", language="en")
    assert "a ?" in file.read_text(encoding="utf-8")
    _, row = csv.reader((tmp_path / "out.csv.failures.csv").open(encoding="utf-8"))
    assert row == ["b", "strange_character", "Q: \\ud800 ? | + b | - c"]


def test_ids_that_are_written_alike_are_refused(tmp_path):
    path = tmp_path / "named.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "written"), ("a", LINES[0]), ("a ", LINES[1])])
    with pytest.raises(UserError, match="'a' and 'a ' are both written 'a'"):
        export(str(path), tmp_path / "out.xml", column="written", seed="", category="", language="en")


def test_a_category_is_one_line(written, tmp_path):
    file = tmp_path / "out.gift"
    export(str(written), file, column="written", seed="", category="a\n\n::x::y {T}", language="en")
    assert file.read_text(encoding="utf-8").startswith("$CATEGORY: $course$/top/a ::x::y {T}\n\n::n0")


def test_a_file_without_exercises_and_an_unknown_format_are_errors(tmp_path):
    (tmp_path / "lines.txt").write_text("Une phrase.\n", encoding="utf-8")
    with pytest.raises(UserError, match="none of 1 lines"):
        export(str(tmp_path / "lines.txt"), tmp_path / "a.xml", column="written", seed="", category="", language="fr")
    with pytest.raises(UserError, match=r"--output .*a\.docx"):
        export(str(tmp_path / "lines.txt"), tmp_path / "a.docx", column="written", seed="", category="", language="fr")
    with pytest.raises(UserError, match="neither a file nor predictions"):
        export(str(tmp_path / "no"), tmp_path / "a.xml", column="written", seed="", category="", language="fr")


def test_a_file_that_is_read_is_not_written_over(written, tmp_path):
    before = written.read_bytes()
    failures = tmp_path / "out.xml.failures.csv"
    failures.write_bytes(before)
    for outputs, file in ((written, written), (failures, tmp_path / "out.xml")):
        with pytest.raises(UserError, match=f"{outputs}, which is read, would be lost"):
            export(str(outputs), file, column="written", seed="", category="", language="fr")
        assert outputs.read_bytes() == before


def test_from_the_command_line(written, tmp_path):
    command = [sys.executable, "-m", "alambic", "exercises", str(written), "--output", str(tmp_path / "new/out.gift")]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "new/out.gift").read_text(encoding="utf-8").startswith("::n0::[plain]a ?{")
