"""The tables of Iris: what is written has its columns, what comes back is read, or refused with the line."""

from pathlib import Path

import pytest

from alambic.errors import UserError
from alambic.tasks.certificates.iris import IrisCertificate, IrisResult, read_iris, selected_codes, write_iris

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
        '7,I21.9,"Ia: J81/II: I10(2Years), E149",J81 I10 E149,Final\n8,,,,Rejected\n'
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
    ],
)
def test_another_file_is_refused(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "IDENT.csv"
    file.write_text(content)
    with pytest.raises(UserError, match=message):
        list(read_iris(file))
