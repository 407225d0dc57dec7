"""The tables of Iris: what is written has its columns, what comes back is read, or refused with the line."""

from pathlib import Path

import pytest

from alambic.errors import UserError
from alambic.tasks.certificates.iris import (
    IrisCertificate,
    IrisResult,
    interval_text,
    read_iris,
    selected_codes,
    write_iris,
)

CERTIFICATES = [
    IrisCertificate("7", {1: ("OAP; aigu", "2 jours", ("J81",)), 5: ("HTA", "", ("I10", "E149"))}, "1", "77"),
    IrisCertificate("8", {2: ('dit "cancer"', "", ())}),
]


def test_both_tables_are_written_as_csv(tmp_path: Path) -> None:
    ident, medcod = tmp_path / "IDENT.csv", tmp_path / "MEDCOD.csv"
    assert write_iris(CERTIFICATES, ident, medcod) == 2
    assert ident.read_text() == "CertificateKey;DateBirth;DateDeath;Age;Sex;Comments\n7;;;77;1;\n8;;;;;\n"
    assert medcod.read_text() == (
        "CertificateKey;LineNb;TextLine;IntervalLine;CodeLine\n"
        '7;Ia;"OAP; aigu";2 jours;J81\n7;II;HTA;;I10, E149\n8;Ib;"dit ""cancer""";;\n'
    )


def test_what_iris_fills_in_is_read(tmp_path: Path) -> None:
    file = tmp_path / "IDENT.csv"
    file.write_text(
        "CertificateKey,UCCode,SelectedCodes,MultipleCodes,Status\n"
        '7,I21.9,"Ia: J81/II: I10(2Years), E149",J81 I10(2Years) E149,Final\n8,,,,Rejected\n'
    )
    assert list(read_iris(file)) == [
        IrisResult("7", "I219", ("J81", "I10", "E149"), "Final"),
        IrisResult("8", "", (), "Rejected"),
    ]
    assert selected_codes("Ia: J81/II: I10(2Years), E149") == {"Ia": ["J81"], "II": ["I10", "E149"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("CertificateKey;Age\n7;1\n", "no column UCCode"),
        ("CertificateKey;UCCode\n7;maladie\n", r":2: UCCode 'maladie' is no code"),
        ("CertificateKey;UCCode\n7;I10;x\n", r":2: 3 cells for 2 columns"),
        ("", "no column CertificateKey"),
        ("CertificateKey;UCCode\n7;I10\n7;J81\n", r":3: certificate 7 comes twice"),
        ("CertificateKey;UCCode;UCCode\n7;I10;J81\n", "2 columns UCCode"),
        ("CertificateKey;UCCode\n7;I10 J81\n", r":2: UCCode 'I10 J81' holds several codes"),
        ("CertificateKey;UCCode;MultipleCodes\n7;I10;??? I10\n", r":2: MultipleCodes '\?\?\? I10' is no code"),
    ],
)
def test_another_file_is_refused(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "IDENT.csv"
    file.write_text(content)
    with pytest.raises(UserError, match=message):
        list(read_iris(file))


@pytest.mark.parametrize(
    ("certificates", "options", "error"),
    [
        ([IrisCertificate("7", {0: ("HTA", "", ("I10",))})], {}, "line 0 of a certificate: lines are counted from 1"),
        ([CERTIFICATES[1], CERTIFICATES[1]], {}, "certificate 8 comes twice"),
        ([IrisCertificate("7", {1: ("cœur", "", ())})], {"encoding": "latin-1"}, "certificate 7: latin-1 has no 'œ'"),
        (CERTIFICATES, {"medcod_columns": {"key": "CertificateKey"}}, "medcod_columns: 'key'"),
    ],
)
def test_what_iris_cannot_take_is_an_error_and_leaves_the_tables_as_they_are(
    certificates: list, options: dict, error: str, tmp_path: Path
) -> None:
    tables = tmp_path / "IDENT.csv", tmp_path / "MEDCOD.csv"
    for table in tables:
        table.write_text("before")
    with pytest.raises(UserError, match=error):
        write_iris(certificates, *tables, **options)
    assert [table.read_text() for table in tables] == ["before", "before"]


def test_both_tables_have_a_file_each(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UserError, match="give IDENT and MEDCOD a file each"):
        write_iris(CERTIFICATES, tmp_path / "I.csv", tmp_path / "link" / "I.csv")


def test_a_table_of_a_french_windows_is_read_in_its_encoding(tmp_path: Path) -> None:
    file = tmp_path / "IDENT.csv"
    file.write_bytes("CertificateKey;UCCode;Comments\n7;I10;décès\n".encode("cp1252"))
    with pytest.raises(UserError, match="is not in utf-8-sig: give its `encoding`, such as cp1252"):
        list(read_iris(file))
    assert list(read_iris(file, encoding="cp1252")) == [IrisResult("7", "I10", ())]


def test_intervals_have_their_units_by_name() -> None:
    assert [interval_text("3", unit) for unit in "12345"] == ["3 Minutes", "3 Hours", "3 Days", "3 Months", "3 Years"]
    assert interval_text("3", "") == interval_text("", "5") == ""
    with pytest.raises(UserError, match="'9' is no unit: expected one of 1 Minutes"):
        interval_text("3", "9")
    with pytest.raises(UserError, match="'I10' names no line"):
        selected_codes("Ia: I219/I10")
