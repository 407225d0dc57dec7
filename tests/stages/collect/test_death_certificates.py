"""Certificates in the files of CLEF eHealth and CépiDc: several codes a line, raw texts, two encodings, doubles."""

import json
from pathlib import Path

import pytest

from alambic.data.documents import Document
from alambic.data.local_data import folder_digest
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.sources.death_certificates import fetch

ALIGNED = (
    "DocID;YearCoded;Gender;Age;LocationOfDeath;LineID;RawText;IntType;IntValue;CauseRank;StandardText;ICD10\n"
    "161477;2013;2;85;1;1;DETRESSE RESPIRATOIRE;NULL;NULL;1-1;détresse respiratoire;J960\n"
    "161477;2013;2;85;1;2;IDM ET OAP;3;2;2-1;infarctus du myocarde;I219\n"
    "161477;2013;2;85;1;2;IDM ET OAP;3;2;2-2;oedème pulmonaire;J81\n"
    "161477;2013;2;85;1;3;!;NULL;NULL;;;\n"
    "161478;2013;1;60;2;1;cachexie;;;1-1;cachexie;R64\n"
)


def collected(folder: Path, rejections: Rejections | None = None, **options: object) -> list[Document]:
    given = Rejections(1.0) if rejections is None else rejections
    return list(fetch(given, path=str(folder), digest=folder_digest(folder), **options))


def codes(document: Document) -> list[str]:
    return [entry["code"] for entry in json.loads(document.metadata["codes"])]


def written(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(raw)
    return folder


def test_aligned_rows_become_lines_with_their_codes_in_order(tmp_path: Path) -> None:
    rejections = Rejections()
    first, second, third = collected(written(tmp_path, AlignedCauses_2013=ALIGNED), rejections)
    assert [d.id for d in (first, second, third)] == ["161477/1", "161477/2", "161478/1"]
    assert second.text == "IDM ET OAP" and second.licence == "LicenseRef-user-agreement"
    assert json.loads(second.metadata["codes"]) == [
        {"code": "I219", "text": "infarctus du myocarde"},
        {"code": "J81", "text": "oedème pulmonaire"},
    ]
    known = {"certificate": "161477", "line": "2", "year": "2013", "sex": "2", "age": "85", "place": "1"}
    assert second.metadata.items() >= {**known, "interval": "2", "interval_type": "3"}.items()
    assert "interval" not in first.metadata
    assert rejections.left_out == {"lines without a text": 1} and not rejections.rejected


def test_a_test_file_without_answers_has_no_codes_and_a_line_of_a_coded_certificate_may_have_none(
    tmp_path: Path,
) -> None:
    bare = "\n".join(";".join(row.split(";")[:9]) for row in ALIGNED.splitlines())
    assert all("codes" not in document.metadata for document in collected(written(tmp_path, test=bare)))
    uncoded = ALIGNED.replace("1-1;détresse respiratoire;J960", ";;")
    first, *_ = collected(written(tmp_path, test=uncoded))
    assert codes(first) == []


CLEF_RAW = {
    "CausesBrutes_FR": "DocID;YearCoded;LineID;RawText;IntType;IntValue\n7;2014;1;OAP;;\n7;2014;2;HTA DIABETE;5;20\n",
    "CausesCalculees_FR": "DocID;YearCoded;LineID;Rank;StandardText;ICD10\n"
    "7;2014;2;2;diabète;E149\n7;2014;2;1;hypertension;I10\n7;2014;1;1;oedème pulmonaire;J81\n",
    "Ident_FR": "DocID;YearCoded;Gender;Age;LocationOfDeath\n7;2014;1;77;3\n",
}
NATIVE_RAW = {
    "CausesBrutes2015": "NumCertificat;LigneCause;TexteLigneCause;TypeIntervalleLigneCause;ValeurIntervalle;"
    "LAST_CHANGED_DATETIME;;;\nER7;1;OAP;;;01/02/2016 10:00;;;\nER7;2;HTA; DIABETE;5;20;01/02/2016 10:00;;\n",
    "CausesCalculees2015": "NumCertificat;LigneCause;RangLigneCause;CodeCIM;TexteCause;TypeCode;LAST_CHANGED_DATETIME\n"
    "ER7;2;2;E149;diabète;1;x\nER7;2;1;I10;hypertension;1;x\nER7;1;1;J81;oedème pulmonaire;1;x\n",
    "Ident2015": "NumCertificat;AnneeDeces;Sexe;AgeDeces\nER7;2015;1;77\n",
}


@pytest.mark.parametrize(
    ("files", "options", "name", "text"),
    [
        (CLEF_RAW, {}, "7", "HTA DIABETE"),
        (NATIVE_RAW, {"columns": {"year": "AnneeDeces", "sex": "Sexe", "age": "AgeDeces"}}, "ER7", "HTA; DIABETE"),
    ],
    ids=["CLEF", "CépiDc"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_raw_files_are_joined_by_certificate_line_and_rank(
    files: dict, options: dict, name: str, text: str, encoding: str, tmp_path: Path
) -> None:
    folder = written(tmp_path, **{name: content.encode(encoding) for name, content in files.items()})
    first, second = collected(folder, **options)
    assert (first.id, codes(first), second.text, codes(second)) == (f"{name}/1", ["J81"], text, ["I10", "E149"])
    assert json.loads(second.metadata["codes"])[1]["text"] == "diabète"
    assert second.metadata["sex"] == "1" and second.metadata["age"] == "77" and first.metadata["year"]


HEADER = ALIGNED.split("\n")[0]


@pytest.mark.parametrize(
    ("row", "text", "standard"),
    [
        ("9;2013;1;60;2;1;HTA; DIABETE; TABAC;;;1-1;x;I10", "HTA; DIABETE; TABAC", "x"),
        ("9;2013;1;60;2;1;HTA;5;3;1-1;a; b;I10", "HTA", "a; b"),
        ('9;2013;1;60;2;1;"HTA; ""essentielle""";5;3;1-1;x;I10', 'HTA; "essentielle"', "x"),
        ('"9";"2013";"1";"60";"2";"1";"HTA";"5";"3";"1-1";"x";"I10"', "HTA", "x"),
        ('9;2013;1;60;2;1;HTA "ancienne;;;1-1;x;I10', 'HTA "ancienne', "x"),
        ('9;2013;1;60;2;1;"HTA\nancienne";;;1-1;x;I10', "HTA ancienne", "x"),
        ("9;2013;1;60;2;1;HTA\nancienne;;;1-1;x;I10", "HTA ancienne", "x"),
    ],
    ids=["in the text", "in the standard text", "quoted", "all quoted", "a lone mark", "quoted line end", "line end"],
)
def test_a_row_with_one_reading_is_repaired(row: str, text: str, standard: str, tmp_path: Path) -> None:
    after = "10;2013;1;60;2;1;après;;;1-1;x;I10"
    first, second = collected(written(tmp_path, aligned=f"{HEADER}\n{row}\n{after}\n"), Rejections())
    assert (first.text, json.loads(first.metadata["codes"])) == (text, [{"code": "I10", "text": standard}])
    assert second.text == "après"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9;2013;1;60;2;2;HTA;;;1-1;x;INCONNU", "'INCONNU' is not a code of ICD-10"),
        ("9;2099;1;60;2;2;HTA;;;1-1;x;I10", "'2099' is a year that is yet to come"),
        ("9;2013;1;60;2;0;HTA;;;1-1;x;I10", "'0' is not the number of a line"),
        ("9;2013;1;60;2;;HTA;;;1-1;x;I10", "the number of a line is missing"),
        ("9;2013;1;60;2;2;HTA;;;1-1;x;I10E119", "'I10E119' is not a code of ICD-10"),
        ("9;2013;1;60;2;1;OAP;;;1-2;x;", "line 1 has '1-2' of a code, and no code"),
        ("9;2013;1;60;2;2;HTA;DIABETE;2;5;1-1;x;", "13 cells for 12 columns: 'DIABETE' is not a unit"),
        (f"9;2013;1;60;2;2;{';' * 50_000}HTA;;;1-1;x;I10", "more than 100 separators too many"),
        ("9;2013;1;60;2;2;HTA;1;2;1-1;a;1;2;1-1;b;I10", "3 ways to read them"),
        ("9;2013;1;60;2;2", "fewer than 12 columns"),
        ("9;2014;1;60;2;2;HTA;;;1-1;x;I10", "year is '2014' here, and '2013' in another row"),
        ("9;2013;1;60;2;1;autre;;;1-2;x;I10", "line 1 has another text in aligned.csv:2"),
        ("9;2013;1;60;2;1;OAP;;;1-1;x;I10", "line 1, rank 1-1 has the code I10 here, and J81 in aligned.csv:2"),
        ("9;2013;1;60;2;2;!;;;1-1;x;I10", "a code of line 2, which has no text"),
    ],
)
def test_a_row_in_doubt_is_rejected_with_its_number_and_marks_its_certificate(
    row: str, reason: str, tmp_path: Path
) -> None:
    first, last = "9;2013;1;60;2;1;OAP;;;1-1;x;J81", "10;2013;1;60;2;1;après;;;1-1;x;I10"
    rejections = Rejections(1.0, tmp_path / "rejected.jsonl")
    folder = tmp_path / "files"
    folder.mkdir()
    documents = collected(written(folder, aligned=f"{HEADER}\n{first}\n{row}\n{last}\n"), rejections)
    assert [(d.id, "incomplete" in d.metadata) for d in documents] == [("9/1", True), ("10/1", False)]
    (rejected,) = map(json.loads, (tmp_path / "rejected.jsonl").read_text().splitlines())
    assert rejected["place"] == "aligned.csv:3" and reason in rejected["reason"], rejected


LINES = "DocID;YearCoded;LineID;RawText;IntType;IntValue"
RANKED = "DocID;YearCoded;LineID;Rank;StandardText;ICD10"


@pytest.mark.parametrize("blanks", [1, 3])
@pytest.mark.parametrize("named", [False, True], ids=["rows alone", "header too"])
def test_blank_cells_behind_the_last_column_belong_to_none(blanks: int, named: bool, tmp_path: Path) -> None:
    behind = ";" * blanks
    rows = [
        "7;2014;1;DIABETE DE TYPE 2;5;20",
        "7;2014;2;HTA;;",
        "7;2014;3;TABAC; ALCOOL;;",
        "7;2014;4;CHUTE;3;",  # a unit alone
    ]
    coded = ["7;2014;1;1;diabète;E119", "7;2014;2;1;hta;I10", "7;2014;3;1;tabac;F17", "7;2014;4;1;chute;W19"]
    for name, header, content in (("lines", LINES, rows), ("codes", RANKED, coded)):
        above = header + (behind if named else "")
        written(tmp_path, **{name: "\n".join([above, *(f"{row}{behind}" for row in content)]) + "\n"})
    rejections = Rejections()
    documents = collected(tmp_path, rejections)
    assert [d.text for d in documents] == ["DIABETE DE TYPE 2", "HTA", "TABAC; ALCOOL", "CHUTE"]
    assert [d.metadata.get("interval") for d in documents] == ["20", None, None, None]
    assert [codes(d) for d in documents] == [["E119"], ["I10"], ["F17"], ["W19"]]
    assert not rejections.rejected and rejections.left_out == {"(repaired, and kept) a separator within a text": 1}


def test_a_lone_row_with_a_blank_cell_too_many_keeps_its_code(tmp_path: Path) -> None:
    others = "".join(f"{n};2013;1;60;2;1;HTA;5;3;1-1;hta;I10\n" for n in range(5))
    row = "c1;2013;1;60;2;1;HTA;5;3;1-1;hta;I10;"
    *_, last = collected(written(tmp_path, aligned=f"{HEADER}\n{others}{row}\n"), Rejections())
    assert (last.text, codes(last), last.metadata["interval"]) == ("HTA", ["I10"], "3")


@pytest.mark.parametrize(
    ("header", "first", "second", "whole"),
    [
        (
            "DocID;YearCoded;Gender;Age;LocationOfDeath;LineID;RawText;IntType;IntValue",
            "1;2013;2;80;1;1;DIABETE DE TYPE 2",
            "2;2013;1;70",
            "3;2013;1;70;1;1;OK;;",
        ),
        (
            "NumCertificat;LigneCause;TexteLigneCause;TypeIntervalleLigneCause;ValeurIntervalle",
            "1;1;A",
            "2;1;B",
            "3;1;OK;;",
        ),
    ],
    ids=["CLEF", "CépiDc"],
)
def test_two_rows_that_were_cut_are_two_rejections_and_never_one_row(
    header: str, first: str, second: str, whole: str, tmp_path: Path
) -> None:
    rejections = Rejections(1.0)
    documents = collected(written(tmp_path, lines=f"{header}\n{first}\n{second}\n{whole}\n"), rejections)
    assert [d.id for d in documents] == ["3/1"]
    assert [each.place for each in rejections.first] == ["lines.csv:2", "lines.csv:3"]


@pytest.mark.parametrize("change", ["utf-16", "utf-16-be", "CR", "CR in a text"])
def test_utf_16_and_carriage_returns_are_read(change: str, tmp_path: Path) -> None:
    content = ALIGNED.replace("IDM ET OAP", "IDM ET\rOAP") if "text" in change else ALIGNED
    if change == "CR":
        raw = content.replace("\n", "\r").encode()
    elif change == "utf-16-be":
        raw = ("\ufeff" + content).encode(change)
    else:
        raw = content.encode("utf-16" if change == "utf-16" else "utf-8")
    rejections = Rejections()
    documents = collected(written(tmp_path, AlignedCauses=raw), rejections)
    assert [d.text for d in documents] == ["DETRESSE RESPIRATOIRE", "IDM ET OAP", "cachexie"]
    assert [codes(d) for d in documents] == [["J960"], ["I219", "J81"], ["R64"]] and not rejections.rejected


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (ALIGNED.encode("utf-16-le"), "AlignedCauses.csv: NUL characters: UTF-16 without its mark"),
        (ALIGNED.encode("utf-32"), "AlignedCauses.csv: UTF-32: save it as UTF-8"),
        (ALIGNED.encode("utf-16") + b"x", "begins as UTF-16, and is none from here on"),
    ],
)
def test_an_encoding_that_is_not_read_is_one_error(raw: bytes, error: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=error):
        collected(written(tmp_path, AlignedCauses=raw, other=ALIGNED))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "an empty file"),
        (f"{HEADER}\n", "no row below the names of the columns"),
        (
            "DocID;LineID;CAUSE\n1;1;HTA\n",
            "no certificates by its columns: DocID, LineID, CAUSE; expected columns such",
        ),
    ],
)
def test_a_file_of_certificates_that_gives_none_is_rejected(content: str, reason: str, tmp_path: Path) -> None:
    rejections = Rejections(1.0)
    assert collected(written(tmp_path, a=ALIGNED, b=content), rejections)
    assert [each.place for each in rejections.first] == ["b.csv"] and reason in rejections.first[0].reason


NATIVE_LINES = "NumCertificat;LigneCause;TexteLigneCause\n"
NATIVE_CODES = "NumCertificat;LigneCause;RangLigneCause;CodeCIM;TexteCause\n"


@pytest.mark.parametrize(
    "second", ["1;1;HTA\n", "1;2;OAP\n", "1;1;AVC\n"], ids=["the same text", "another line", "another text"]
)
@pytest.mark.parametrize("files", ["two files", "one file"])
def test_a_number_used_again_without_a_year_is_never_one_certificate(second: str, files: str, tmp_path: Path) -> None:
    first = "1;1;HTA\n2;1;CHUTE\n"
    if files == "one file":
        second = "1;1;HTA\n" + second if "1;2" in second else second
        written(tmp_path, lines=NATIVE_LINES + first + second, codes=NATIVE_CODES + "1;1;1;I10;hta\n2;1;1;W19;chute\n")
        places = ["lines.csv:2", "lines.csv:4"]
    else:
        written(tmp_path, lines2015=NATIVE_LINES + first, codes2015=NATIVE_CODES + "1;1;1;I10;hta\n2;1;1;W19;chute\n")
        written(tmp_path, lines2016=NATIVE_LINES + second, codes2016=NATIVE_CODES + "1;2;1;J81;oap\n")
        places = ["lines2015.csv:2", "lines2016.csv:2"]
    rejections = Rejections(1.0, tmp_path.with_suffix(".jsonl"))
    assert [d.id for d in collected(tmp_path, rejections)] == ["2/1"]
    listed = map(json.loads, tmp_path.with_suffix(".jsonl").read_text().splitlines())
    rejected = {row["place"]: row["reason"] for row in listed}
    assert set(places) <= rejected.keys()
    assert places[0] in rejected[places[1]] and places[1] in rejected[places[0]]
    assert all("certificate 1" in reason and "make numbers unique" in reason for reason in rejected.values())


def test_rows_that_say_their_year_may_stand_in_several_files(tmp_path: Path) -> None:
    rejections = Rejections()
    documents = collected(written(tmp_path, a=ALIGNED, b=ALIGNED, **CLEF_RAW), rejections)
    assert len(documents) == 5 and not rejections.rejected and rejections.left_out["rows that repeat another"] == 4


def test_marks_of_codes_are_read_away_and_a_cell_may_hold_several(tmp_path: Path) -> None:
    rows = ["9;2013;1;60;2;1;MENINGITE;;;1-1;x;A17.0†", "9;2013;1;60;2;1;MENINGITE;;;1-2;y;G01*"]
    rows += ["9;2013;1;60;2;2;HTA DIABETE;;;2-1;hta et diabète;I10 E119"]
    rejections = Rejections()
    first, second = collected(written(tmp_path, aligned="\n".join([HEADER, *rows])), rejections)
    assert (codes(first), codes(second)) == (["A170", "G01"], ["I10", "E119"])
    assert rejections.left_out == {
        "(repaired, and kept) a mark after a code": 2,
        "(repaired, and kept) several codes in a cell": 1,
    }


def test_an_age_or_a_sex_that_cannot_be_is_left_out_and_the_text_is_read(tmp_path: Path) -> None:
    persons = [("1", "999"), ("1", "-3"), ("1", "soixante"), ("?", "60"), ("7", "125"), ("F", "0,5")]
    rows = [f"{n};2013;{sex};{age};2;1;HTA; TABAC;;;1-1;x;I10" for n, (sex, age) in enumerate(persons)]
    rejections = Rejections()
    documents = collected(written(tmp_path, aligned="\n".join([HEADER, *rows])), rejections)
    assert [(d.text, codes(d)) for d in documents] == [("HTA; TABAC", ["I10"])] * 6
    assert [d.metadata.get("age") for d in documents] == [None, None, None, "60", "125", "0,5"]
    assert [d.metadata.get("sex") for d in documents] == ["1", "1", "1", None, None, "F"]
    assert not rejections.rejected
    assert rejections.left_out["(repaired, and kept) age that cannot be, left out"] == 3
    assert rejections.left_out["(repaired, and kept) sex that cannot be, left out"] == 2


def test_a_column_that_is_named_is_right_where_the_usual_one_is_there_too(tmp_path: Path) -> None:
    two = "DocID;LineID;RawText;CAUSE\n1;1;brut;corrigé\n"
    folder = written(tmp_path, a=two, b="DocID;LineID;RawText\n2;1;usuel\n")
    assert [d.text for d in collected(folder, columns={"text": "CAUSE"})] == ["corrigé", "usuel"]
    assert [d.text for d in collected(folder)] == ["brut", "usuel"]
    written(tmp_path, b="DocID;NumCertificat;LineID;RawText\n2;ER2;1;usuel\n")
    with pytest.raises(UserError, match=r"two columns hold 'certificate': DocID, NumCertificat; .*`columns: {certif"):
        collected(folder)
    assert [d.id for d in collected(folder, columns={"certificate": "NumCertificat"})] == ["1/1", "ER2/1"]
    with pytest.raises(UserError, match=r"columns: {year: Anne}: no file of .* has such a column"):
        collected(folder, columns={"year": "Anne", "certificate": "NumCertificat"})
    with pytest.raises(UserError, match=r"'x' is given for text and code"):
        collected(folder, columns={"text": "x", "code": "x"})


def test_persons_of_whom_the_year_alone_is_known_are_read(tmp_path: Path) -> None:
    files = {**NATIVE_RAW, "Ident2015": "NumCertificat;AnneeDeces\nER7;2015\n"}
    documents = collected(written(tmp_path, **files), Rejections(), columns={"year": "AnneeDeces"})
    assert {d.metadata["year"] for d in documents} == {"2015"}


def test_both_encodings_in_one_file_and_rows_that_repeat_are_counted(tmp_path: Path) -> None:
    row = "9;2013;1;60;2;{};{};;;1-1;x;I10\n"
    lines = [
        row.format(1, "œdème aigu").encode("cp1252"),
        row.format(2, "fièvre").encode(),
        row.format(2, "fièvre").encode(),
    ]
    rejections = Rejections()
    documents = collected(written(tmp_path, aligned=f"{HEADER}\n".encode() + b"".join(lines)), rejections)
    assert [d.text for d in documents] == ["œdème aigu", "fièvre"]
    assert rejections.left_out == {"(repaired, and kept) not UTF-8": 1, "rows that repeat another": 1}


def test_a_code_of_an_unknown_line_is_rejected_and_other_files_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {**CLEF_RAW, "CausesCalculees_FR": CLEF_RAW["CausesCalculees_FR"] + "7;2014;6;1;x;R99\n"}
    folder = written(tmp_path, **files, Dictionnaire2015="DiagnosisText;Icd1;Icd2\nOAP;J81;\n")
    (folder / "README.pdf").write_bytes(b"%PDF")
    rejections = Rejections(1.0)
    assert all("incomplete" in document.metadata for document in collected(folder, rejections))
    assert [(r.place, r.reason) for r in rejections.first] == [
        ("CausesCalculees_FR.csv:5", "a code of line 6, which has no text")
    ]
    assert rejections.left_out == {
        "no certificates by its columns: Dictionnaire2015.csv": 1,
        "no table: README.pdf": 1,
    }
    named = "no certificates by its columns: Dictionnaire2015.csv; no table: README.pdf"
    assert f"2 files are left out: {named}" in caplog.text


def test_files_without_lines_and_unknown_names_of_columns_are_errors_with_the_remedy(tmp_path: Path) -> None:
    folder = written(tmp_path, other="a;b\n1;2\n")
    with pytest.raises(UserError, match=r"no file with lines of certificates.*name others by `columns`"):
        collected(folder)
    with pytest.raises(UserError, match=r"columns: 'yeer'; .*year"):
        collected(folder, columns={"yeer": "a"})
