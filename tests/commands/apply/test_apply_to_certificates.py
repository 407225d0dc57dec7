"""A file of certificates is coded line by line: nothing lost, nothing twice, and who needs a person."""

import csv
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from calibrated_certificates import CERTIFICATES, clef, lines_of, make_all
from made_models import made_model
from writers import LABELS, tiny_writer

from alambic.commands.apply.answers import Answerer
from alambic.commands.apply.certificates.coder import MOST_CANDIDATES, CodedText
from alambic.commands.apply.certificates.columns import Columns
from alambic.commands.apply.certificates.decided import Decided
from alambic.commands.apply.certificates.reading import Certificate, Line, is_certificates, read_certificates, survey
from alambic.commands.apply.certificates.rule import AUTOMATED, PERSON, Rule, Verdict
from alambic.commands.apply.certificates.run import Coding, code_certificates
from alambic.data.predictions import read_predictions
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.units import Groups
from alambic.stages.collect.certificates.columns import Header
from alambic.tasks.head import load_head

MODEL, DICTIONARY = "finetune/encoder/codes/seed1", "predict/dictionary/codes"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_all(tmp_path_factory.mktemp("made"))


def coded(made: Path, file: Path, output: Path, *, artifact: str = MODEL, **how: Any) -> list[dict[str, str]]:
    if how.get("calibration"):
        how["calibration"] = str(made / how["calibration"])
    code_certificates(str(made / artifact), file, Coding(**{"columns": {}, "threads": 1, **how}), output=output)
    return read(output)


def read(output: Path) -> list[dict[str, str]]:
    with output.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def test_every_line_has_its_columns_and_the_codes_that_the_stage_gave(made: Path, tmp_path: Path) -> None:
    rows = [row for row in lines_of(CERTIFICATES, seed=1) if row["year"] == "2020"]
    file = clef(rows, tmp_path / "in.csv")
    for artifact, system, seed in ((MODEL, "encoder", "1"), (DICTIONARY, "dictionary", "all")):
        given = coded(made, file, tmp_path / f"{system}.csv", artifact=artifact)
        (part,) = read_predictions(next((made / "predict" / system / "codes").iterdir())).of_split("test")
        expected = dict(zip(part.ids, part.predicted[seed], strict=True))
        assert [(row["DocID"], row["LineID"], row["RawText"], row["Own"]) for row in given] == [
            (row["certificate"], row["line"], row["text"], "x") for row in rows
        ]
        assert all(row["codes"].split() == list(expected[f"{row['DocID']}/{row['LineID']}"]) for row in given)
        assert {row["decision"] for row in given} == {""} and all(0 <= float(row["confidence"]) <= 1 for row in given)


@pytest.mark.parametrize("name", ["multilabel_classification", "code_generation"])
def test_a_model_of_another_head_codes_too(name: str, tmp_path: Path) -> None:
    if name == "code_generation":
        base, folder = tiny_writer(tmp_path / "base", "encoder_decoder"), tmp_path / "saved"
        head = load_head(name, LABELS)
        head.save(head.new_model(base, seed=1), head.open_preprocessor(base), folder, max_length=32)
    else:
        folder = made_model(tmp_path, name)
    rows = lines_of(8, seed=2)
    given = coded(tmp_path, clef(rows, tmp_path / "in.csv"), tmp_path / "out.csv", artifact=str(folder))
    predictions = Answerer(folder).predict([row["text"] for row in rows])
    assert [row["codes"].split() for row in given] == [list(each.answer) for each in predictions]
    assert any(row["codes"] for row in given)


@pytest.mark.parametrize("processes", [1, 2])
def test_decisions_are_those_of_the_calibration(made: Path, tmp_path: Path, processes: int) -> None:
    rows = [row for row in lines_of(CERTIFICATES, seed=1) if row["year"] == "2020"]
    file = clef(rows, tmp_path / "in.csv")
    given = coded(
        made, file, tmp_path / "out.csv", calibration="calibrate/all", risk=0.1, guarantee="all", processes=processes
    )
    folder = next((made / "calibrate" / "all").iterdir())
    content = json.loads((folder / "calibration.json").read_text())
    (risk,) = [each for each in content["risks"] if each["alpha"] == 0.1]
    assert {"agreement_of_systems", "agreement_of_seeds", "nearest_wording"} <= set(content["model"]["signals"])
    units = pq.read_table(folder / "units.parquet", filters=[("part", "=", "test")]).to_pylist()
    confidence = {unit["unit"].partition("/")[2]: unit["confidence"] for unit in units}
    for row in given:
        assert float(row["confidence"]) == pytest.approx(confidence[row["DocID"]], abs=1e-4)
    automated = {row["DocID"] for row in given if row["decision"] == AUTOMATED}
    near = {unit for unit, value in confidence.items() if abs(value - risk["threshold"]) < 1e-4}  # numbers are rounded
    above = {unit for unit, value in confidence.items() if value >= risk["threshold"]}
    assert automated - near == above - near and len(above) == risk["automated"] > 0
    person = [row for row in given if row["decision"] == PERSON]
    assert person and all("is below the threshold" in row["reason"] for row in person)
    assert [row["DocID"] for row in given] == [row["certificate"] for row in rows]


def test_the_guarantee_is_that_of_all_certificates_together(made: Path, tmp_path: Path) -> None:
    file = clef([row for row in lines_of(CERTIFICATES, seed=1) if row["year"] == "2020"][:300], tmp_path / "in.csv")
    given = [
        coded(made, file, tmp_path / f"{number}.csv", calibration="calibrate/all", risk=0.1, **how)
        for number, how in enumerate(({}, {"guarantee": "all"}, {"guarantee": "group"}))
    ]
    assert given[0] == given[1] and "group" not in given[0][0]
    decisions = [[row["decision"] for row in rows] for rows in given]
    assert decisions[0] != decisions[2]


def test_each_group_has_its_own_threshold_or_is_excluded(made: Path, tmp_path: Path) -> None:
    rows = [row for row in lines_of(CERTIFICATES, seed=1) if row["year"] == "2020"]
    file = clef(rows, tmp_path / "in.csv")
    given = coded(made, file, tmp_path / "out.csv", calibration="calibrate/all", risk=0.2, guarantee="group")
    folder = next((made / "calibrate" / "all").iterdir())
    content = json.loads((folder / "calibration.json").read_text())
    groups = {group["group"]: group for group in content["risks"][2]["groups"]}
    units = pq.read_table(folder / "units.parquet", filters=[("part", "=", "test")]).to_pylist()
    group_of = {unit["unit"].partition("/")[2]: unit["group"] for unit in units}
    for row in given:
        assert row["group"] == group_of[row["DocID"]], "by which the monitor watches each"
        group = groups.get(row["group"])
        if group is None:
            assert row["decision"] == PERSON and row["reason"] == "no known group"
        elif group["excluded"]:
            assert row["decision"] == PERSON and "are excluded" in row["reason"]
        elif abs(float(row["confidence"]) - group["own_threshold"]) > 1e-4:
            assert (row["decision"] == AUTOMATED) == (float(row["confidence"]) >= group["own_threshold"])
    assert {row["decision"] for row in given} == {AUTOMATED, PERSON}


@pytest.mark.parametrize(("guarantee", "reason"), [("all", "nothing is automated"), ("group", "300 are needed")])
def test_a_risk_that_nothing_keeps_to_leaves_all_to_people(
    made: Path, tmp_path: Path, guarantee: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = clef(lines_of(5, seed=4), tmp_path / "in.csv")
    given = coded(made, file, tmp_path / "out.csv", calibration="calibrate/all", risk=0.02, guarantee=guarantee)
    assert {row["decision"] for row in given} == {PERSON} and all(row["codes"] for row in given)
    assert all(reason in row["reason"] or row["reason"] == "no known group" for row in given)
    assert "every certificate goes to a person" in caplog.text


def test_a_person_sees_codes_words_and_coded_texts(made: Path, tmp_path: Path) -> None:
    rows = [row for row in lines_of(CERTIFICATES, seed=1) if row["year"] == "2020"][:200]
    rows[0]["text"] = "infarctus du coeur aigu en plus"
    given = coded(
        made,
        clef(rows, tmp_path / "in.csv"),
        tmp_path / "out.csv",
        calibration="calibrate/all",
        risk=0.1,
        guarantee="all",
        explain=True,
    )
    assert all(not row["words"] and not row["nearest"] for row in given if row["decision"] == AUTOMATED)
    for_people = [row for row in given if row["decision"] == PERSON]
    assert any(row["words"] for row in for_people) and all(row["nearest"] for row in for_people)
    seen = next(row for row in for_people if row["RawText"] != rows[0]["text"])
    assert seen["nearest"].endswith(")") and " = " in seen["nearest"]


@pytest.mark.parametrize("risk", [0.02, 0.2])
def test_a_set_is_that_of_the_risk_or_none_is_offered(made: Path, tmp_path: Path, risk: float) -> None:
    rows = [row for row in lines_of(CERTIFICATES, seed=1) if row["year"] == "2020"][:300]
    file = clef(rows, tmp_path / "in.csv")
    folder = next((made / "calibrate" / "all").iterdir())
    limits = json.loads((folder / "calibration.json").read_text())["set_limits"][f"{risk:g}"]["all"]
    units = pq.read_table(folder / "units.parquet", filters=[("part", "=", "test")]).to_pylist()
    group_of = {unit["unit"].partition("/")[2]: unit["group"] for unit in units}
    for row in coded(made, file, tmp_path / "out.csv", calibration="calibrate/all", risk=risk):
        limit = limits.get(group_of[row["DocID"]], limits[""])
        if row["decision"] == AUTOMATED:
            assert not row["shown"]
        elif limit >= 1:
            assert row["shown"] == "no set"
        else:
            chances = [float(part.rpartition(" ")[2]) for part in row["shown"].split(" | ") if part]
            assert min(chances, default=1) >= 1 - limit - 0.005


def test_where_every_code_would_belong_no_set_is_offered() -> None:
    assert shown({"": 1.0}, ("A00", 0.9)) == "no set" == shown({}, ("A00", 0.9))
    assert shown({"": 0.95}, ("A00", 0.9), ("A01", 0.06), ("A02", 0.04)) == "A00 0.90 | A01 0.06"
    assert shown({"": 1.0, "IX": 0.5}, ("A00", 0.9), group="IX") == "A00 0.90"


def test_a_long_set_says_that_it_goes_on() -> None:
    candidates = [(f"A{number:02d}", 0.5) for number in range(MOST_CANDIDATES + 1)]
    assert shown({"": 0.999}, *candidates).split(" | ")[-2:] == [f"A{MOST_CANDIDATES - 1} 0.50", "and others"]


def shown(limits: dict[str, float], *candidates: tuple[str, float], group: str = "") -> str:
    """Give the cell of a line that goes to a person."""
    header = Header(("certificate", "line", "text"), 0, ";", ("DocID", "LineID", "RawText"))
    rule = Rule(Confidence(("sure",), *[np.ones(1)] * 3, 0.0), Groups(), 0.02, "all", None, {}, 0, limits)
    text = CodedText((("A00",),), (None,), None, candidates)
    line = Line("toux", {}, ("1", "1", "toux"))
    decided = Decided(Certificate("1", [line]), Verdict(PERSON), group=group)
    return Columns(header, rule, explains=False, labels={}).row(decided, line, {"toux": text}, {})[-1]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.csv"
    file.write_text(
        "DocID;YearCoded;LineID;RawText;IntType;IntValue\n"
        "11;2020;1;infarctus du coeur;;\n"
        "11;2020;2;!;;\n"
        "12;2020;1;tumeur du foie;;\n"
        "12;2020;x;tumeur du rein;;\n"  # no number of a line
        "12;2020;3;tumeur du poumon;;\n"
        "13;2020;1;infarctus du rein;;\n"
        "suite du texte\n"  # of no certificate
        "14;2020;1;insuffisance du coeur;;\n"
        "15;2020;1;insuffisance du foie;;\n"
        "11;2020;3;tumeur du coeur;;\n"  # apart from its other rows
        "16;2020;1;tumeur du rein aigu;;\n"
        "16;2020;1;tumeur du foie;;\n",  # another text of the same line
        encoding="utf-8",
    )
    return file


def test_a_bad_row_costs_its_certificate_alone_and_is_listed(made: Path, small: Path, tmp_path: Path) -> None:
    given = coded(made, small, tmp_path / "out.csv", calibration="calibrate/dictionary", risk=0.1, artifact=DICTIONARY)
    assert [row["RawText"] for row in given][:6] == [
        "infarctus du coeur",
        "!",
        "tumeur du foie",
        "12;2020;x;tumeur du rein;;",
        "tumeur du poumon",
        "infarctus du rein",
    ]
    reasons = {
        name: {row["reason"] for row in given if row["DocID"] == name} for name in ("11", "12", "13", "14", "15", "16")
    }
    assert all("its rows do not follow one another" in reason for reason in reasons["11"]) and len(given) == 12
    assert all("row 5 could not be read: 'x' is not the number of a line" in reason for reason in reasons["12"])
    assert all("a row beside it could not be read" in reason for name in ("13", "14") for reason in reasons[name])
    assert not any("row" in reason for reason in reasons["15"])
    assert any("line 1 has another text" in reason for reason in reasons["16"])
    assert all(row["decision"] == PERSON for row in given if row["DocID"] != "15")
    assert all(
        row["codes"]
        for row in given
        if row["RawText"] in ("tumeur du foie", "infarctus du rein") and row["DocID"] != "16"
    )
    rejected = [json.loads(line) for line in (tmp_path / "out.csv.rejected.jsonl").read_text().splitlines()]
    assert [each["place"].rpartition(":")[2] for each in rejected] == ["5", "8", "13"]


def test_a_run_that_was_killed_goes_on_without_losing_or_doubling_a_line(made: Path, tmp_path: Path) -> None:
    rows = lines_of(2000, seed=7)
    for place, row in enumerate(rows):
        row["text"] += f" {place}"  # so that each has to be worked out
    file = clef(rows, tmp_path / "in.csv")
    whole = coded(made, file, tmp_path / "whole.csv", artifact=DICTIONARY)
    output = tmp_path / "out.csv"
    command = [sys.executable, "-m", "alambic", "apply", str(made / DICTIONARY), str(file), "--output", str(output)]
    part = tmp_path / "out.csv.part"
    run = subprocess.Popen([*command, "--processes", "2"], stderr=subprocess.DEVNULL)
    while run.poll() is None and not (part.exists() and part.stat().st_size > 1000):
        time.sleep(0.001)
    assert run.poll() is None, "it is killed while it writes"
    with pytest.raises(UserError, match=rf"process {run.pid} on .* writes it"):
        coded(made, file, output, artifact=DICTIONARY)
    assert run.poll() is None, "it is killed while it writes"
    run.kill()
    run.wait()
    with part.open("rb+") as stream:
        stream.truncate(part.stat().st_size - 7)  # in the middle of a line
    assert not output.exists() and len(read(part)) < len(whole)
    assert coded(made, file, output, artifact=DICTIONARY) == whole
    assert not list(tmp_path.glob("*.part")) and not list(tmp_path.glob(".*.run"))


def test_the_file_itself_is_no_output(made: Path, tmp_path: Path) -> None:
    file = clef(lines_of(3, seed=5), tmp_path / "in.csv")
    before = file.read_bytes()
    (tmp_path / "link.csv").symlink_to(file)
    for given, output in ((file, file), (tmp_path / "link.csv", file), (file, tmp_path / "link.csv")):
        with pytest.raises(UserError, match="which is read, is written over"):
            coded(made, given, output, artifact=DICTIONARY)
    assert file.read_bytes() == before


def test_a_file_that_grows_meanwhile_ends_the_run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alambic.commands.apply.certificates.coder import Coder

    rows = lines_of(30, seed=3)
    file, code = clef(rows, tmp_path / "in.csv"), Coder.code

    def code_and_append(self, texts):
        with file.open("a", encoding="utf-8") as stream:  # a further line of the first certificate
            stream.write(f"{rows[0]['certificate']};{rows[0]['year']};9;toux;;;x\n")
        return code(self, texts)

    with monkeypatch.context() as patched:
        patched.setattr(Coder, "code", code_and_append)
        with pytest.raises(UserError, match=r"in.csv changed while it was read"):
            coded(made, file, tmp_path / "out.csv", artifact=DICTIONARY)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    given = coded(made, file, tmp_path / "out.csv", artifact=DICTIONARY)
    first = [row for row in given if row["DocID"] == rows[0]["certificate"]]
    assert {row["decision"] for row in first} == {PERSON}, "its rows stand apart now"


def test_a_file_of_as_many_bytes_but_other_rows_is_another(tmp_path: Path) -> None:
    file = clef(lines_of(5, seed=5), tmp_path / "in.csv")
    known = survey(file, {})
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: text.rindex("x")].replace("\n", "\n\n") + "x\n" + text.splitlines()[-1], encoding="utf-8")
    with pytest.raises(UserError, match="changed while it was read"):
        list(read_certificates(file, {}, known, Rejections(most=1.0)))


def test_a_text_may_be_longer_than_a_cell_of_pythons_csv(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = lines_of(2, seed=5)
    rows[0]["text"] = "tumeur du rein " * 10_000
    file = clef(rows, tmp_path / "in.csv")
    with file.open("a") as stream:
        stream.write("x;2020;no line;toux;;;x\n")
    code_certificates(str(made / DICTIONARY), file, Coding({}, threads=1), output=tmp_path / "out.csv")
    assert "1 rows could not be read; all of them are in" in caplog.text


def test_identical_lines_are_worked_out_once(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alambic.commands.apply.certificates import run
    from alambic.commands.apply.certificates.coder import Coder

    asked: list[str] = []
    code = Coder.code
    monkeypatch.setattr(Coder, "code", lambda self, texts: asked.extend(texts) or code(self, texts))
    monkeypatch.setattr(run, "LINES_AT_ONCE", 16)
    rows = lines_of(300, seed=3)
    for row in rows:
        row["text"] = f" {row['text']}  "
    coded(made, clef(rows, tmp_path / "in.csv"), tmp_path / "out.csv", artifact=DICTIONARY)
    assert sorted(asked) == sorted({row["text"].strip() for row in rows}) and len(asked) < len(rows) / 3


def test_aligned_rows_of_one_line_are_one_line(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "aligned.csv"
    file.write_text(
        "DocID;YearCoded;Gender;Age;LocationOfDeath;LineID;RawText;IntType;IntValue;CauseRank;StandardText;ICD10\n"
        "1;2020;1;70;2;1;infarctus du coeur;;;1-1;x;I21\n"
        "1;2020;1;70;2;1;infarctus du coeur;;;1-2;y;I10\n",
        encoding="latin-1",
    )
    (row,) = coded(made, file, tmp_path / "out.csv")
    assert row["codes"] and "ICD10" not in row and row["Gender"] == "1"


def test_rows_are_read_as_a_stream(tmp_path: Path) -> None:
    rows = lines_of(50, seed=5)
    file = clef(rows, tmp_path / "in.csv")
    certificates = read_certificates(file, {}, survey(file, {}), Rejections(most=1.0))
    assert next(certificates).name == rows[0]["certificate"]
    assert sum(1 for _ in certificates) == 49


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"risk": 0.02}, "belong to --calibration"),
        ({"calibration": "calibrate/none"}, "no calibration.json there"),
        ({"calibration": "calibrate/all", "risk": 0.03}, "has 0.02, 0.1, 0.2"),
        ({"calibration": "calibrate/dictionary"}, "give that model, or calibrate this one"),
        ({"calibration": "calibrate/all", "engine": "int8"}, "its guarantee does not hold"),
        ({"artifact": "predict/encoder/codes"}, "give its item of `finetune`, such as finetune/encoder/codes/seed1"),
        ({"artifact": "collect/labels"}, "is no model"),
        ({"columns": {"txt": "RawText"}}, "did you mean 'text'"),
        ({"artifact": DICTIONARY, "engine": "int8"}, "--engine int8: .* is the dictionary, which has no weights"),
        (
            {"artifact": DICTIONARY, "engine": "int8", "calibration": "calibrate/dictionary"},
            "--engine int8: .* is the dictionary",
        ),
    ],
)
def test_what_cannot_be_is_one_error(made: Path, tmp_path: Path, how: dict[str, Any], error: str) -> None:
    file = clef(lines_of(3, seed=5), tmp_path / "in.csv")
    with pytest.raises(UserError, match=error):
        coded(made, file, tmp_path / "out.csv", **how)


def test_a_file_without_certificates_is_one_error(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id;text\n1;toux\n")
    with pytest.raises(UserError, match=r"expected columns such as DocID.*it has: id, text"):
        coded(made, file, tmp_path / "out.csv")
    file.write_text("DocID;LineID;RawText\n1;x;toux\n")
    with pytest.raises(UserError, match="none of its 1 rows could be read"):
        coded(made, file, tmp_path / "out.csv")


def test_a_file_with_two_columns_of_texts_is_not_passed_over_for_plain_texts(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("DocID;LineID;RawText;Text\n1;1;toux;fièvre\n")
    assert is_certificates(file)
    file.write_text("DocID;LineID;RawText;RawText\n1;1;toux;fièvre\n")
    with pytest.raises(UserError, match="two columns hold 'text'"):
        is_certificates(file)
    file.write_text("id;RawText;RawText\n1;toux;fièvre\n")
    assert not is_certificates(file)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["no.csv"], "no.csv does not exist"),
        (["empty.csv"], "empty.csv has no lines of certificates.*it has: none"),
        (["notes.csv"], "notes.csv has no lines of certificates.*it has: id, text"),
        (["notes.csv", "--threads", "-3"], "--threads -3: expected 1 or more"),
        (["folder"], "folder is no file"),
        (["twice.csv"], "two columns hold 'text'"),
        (["notes.csv", "--text-column", "text"], "--column text=text"),
        (["usual.csv", "--column", "text=RawTxt"], "--column text=RawTxt: .*did you mean 'RawText'"),
    ],
)
@pytest.mark.parametrize("calibration", [[], ["--calibration", "calibrate/dictionary"]])
def test_an_error_is_about_the_file(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    calibration: list[str],
    arguments: list[str],
    error: str,
) -> None:
    from alambic.__main__ import main

    (tmp_path / "empty.csv").touch()
    (tmp_path / "notes.csv").write_text("id;text\n1;toux\n")
    (tmp_path / "usual.csv").write_text("DocID;LineID;RawText\n1;1;toux\n")
    (tmp_path / "twice.csv").write_text("DocID;LineID;RawText;RawText\n1;1;toux;toux\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "artifacts").symlink_to(made)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["alambic", "apply", DICTIONARY, *arguments, *calibration])
    with pytest.raises(SystemExit):
        main()
    assert re.search(error, caplog.text)


def test_a_risk_of_zero_is_not_passed_over_for_texts(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from alambic.__main__ import main

    (tmp_path / "notes.csv").write_text("id;text\n1;toux\n")
    (tmp_path / "artifacts").symlink_to(made)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["alambic", "apply", "finetune/encoder/codes/seed1", "notes.csv", "--risk", "0"])
    with pytest.raises(SystemExit):
        main()
    assert "notes.csv has no lines of certificates" in caplog.text
