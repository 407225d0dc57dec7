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
        ("9;2013;1;soixante;2;2;HTA;;;1-1;x;I10", "'soixante' is not years"),
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


def test_a_code_of_an_unknown_line_is_rejected_and_other_files_are_named(tmp_path: Path) -> None:
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


def test_files_without_lines_and_unknown_names_of_columns_are_errors_with_the_remedy(tmp_path: Path) -> None:
    folder = written(tmp_path, other="a;b\n1;2\n")
    with pytest.raises(UserError, match=r"no file with lines of certificates.*name others by `columns`"):
        collected(folder)
    with pytest.raises(UserError, match=r"columns: 'yeer'; .*year"):
        collected(folder, columns={"yeer": "a"})
