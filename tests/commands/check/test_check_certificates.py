"""What `check` says of death certificates: recognised by their columns, read as the source reads them, nothing run."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alambic.commands.check.lines import report
from alambic.commands.check.survey import Request, survey
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.settings import read_experiment

LINES = "NumCertificat;LigneCause;TexteLigneCause\n1;1;HTA; TABAC\n1;2;CHUTE\n2;1;AVC\n3;1;!\n"
CODES = "NumCertificat;LigneCause;RangLigneCause;CodeCIM;TexteCause\n1;1;1;I10+;hta\n1;2;1;W19;chute\n"
PERSONS = "NumCertificat;AnneeDeces;Sexe\n1;2015;1\n2;2016;?\n"
NAMED = ("--column", "year=AnneeDeces", "--column", "sex=Sexe")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in (("CausesBrutes", LINES), ("CausesCalculees", CODES), ("Ident", PERSONS)):
        (tmp_path / f"{name}.csv").write_text(content)
    (tmp_path / "Dictionnaire.csv").write_text("DiagnosisText;Icd1\nOAP;J81\n")
    return tmp_path


def printed(path: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "alambic", "check", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def test_certificates_are_counted_and_the_lines_to_paste_are_an_experiment(folder: Path) -> None:
    status, text = printed(folder, *NAMED)
    assert status == 0 and "nothing is rejected" in text
    assert "2 certificates with 3 lines: 1 are coded, 1 not" in text and "year: 2015 (2), 2016 (1)" in text
    assert "1  I10" in text and "1  W19" in text and "1  lines without a text" in text
    assert (
        "1  (repaired, and kept) a mark after a code" in text and "1  (repaired, and kept) sex that cannot be" in text
    )
    assert "no certificates by its columns: Dictionnaire.csv" in text
    content = yaml.safe_load(text.split("# for the experiment:\n")[1])
    plan = Plan(read_experiment({"name": "x", **content}))
    check_before_running(plan)
    (name,) = set(content["tasks"])
    assert content["collect"]["icd10"]["external_causes"] >= 1_000_000, "all codes"
    assert {f"collect/{name}", "collect/icd10"} <= set(plan) and content["tasks"][name]["task"] == "death_certificates"


def test_rejected_rows_are_listed_with_their_places(folder: Path) -> None:
    (folder / "CausesBrutes.csv").write_text(LINES + "4;x;HTA\n5;1\n")
    status, text = printed(folder, *NAMED)
    assert status == 1 and "CausesBrutes.csv:6: 'x' is not the number of a line" in text
    assert "CausesBrutes.csv:7: 2 cells, fewer than 3 columns" in text
    status, text = printed(folder)
    assert status == 1 and "Ident.csv: no certificates by its columns: NumCertificat, AnneeDeces, Sexe" in text


def test_a_file_without_codes_is_to_be_coded(folder: Path) -> None:
    found = survey(Request(folder / "CausesBrutes.csv"))
    lines = list(report(found, folder / "CausesBrutes.csv"))
    assert "2 certificates with 3 lines: 0 are coded, 2 not" in lines
    assert any(line.startswith("no certificate is coded: `python -m alambic apply`") for line in lines)
    assert "tasks:" not in lines


def test_a_table_with_a_column_of_texts_that_is_named_is_a_table(folder: Path) -> None:
    file = folder / "CausesBrutes.csv"
    file.write_text(LINES.replace("HTA; TABAC", "HTA"))
    found = survey(Request(file, text_column="TexteLigneCause"))
    assert found.form == "table" and found.texts == 4
    with pytest.raises(UserError, match="--column: of death certificates"):
        survey(Request(file, "table", columns={"text": "TexteLigneCause"}))
    with pytest.raises(UserError, match="give --column text=NAME"):
        survey(Request(file, "death_certificates", text_column="TexteLigneCause"))
