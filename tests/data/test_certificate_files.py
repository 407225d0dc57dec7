"""Files of codes as a campaign takes them: what is written is read back by the source, and scored."""

from pathlib import Path

import pytest

from alambic.data.certificate_files import CodedLine, write_codes
from alambic.errors import UserError

FACTS = {"year": "2014", "sex": "1", "age": "60", "place": "2", "interval_type": "3", "interval": "2"}
LINES = [
    CodedLine("7", "1", "HTA; DIABETE", ("I10", "E149"), ("hypertension", "diabète"), FACTS),
    CodedLine("7", "2", "illisible", (), (), FACTS),
]


@pytest.mark.parametrize(
    ("layout", "rows"),
    [
        (
            "aligned",
            "DocID;YearCoded;Gender;Age;LocationOfDeath;LineID;RawText;IntType;IntValue;CauseRank;StandardText;ICD10\n"
            "7;2014;1;60;2;1;HTA DIABETE;3;2;1-1;hypertension;I10\n"
            "7;2014;1;60;2;1;HTA DIABETE;3;2;1-2;diabète;E149\n"
            "7;2014;1;60;2;2;illisible;3;2;;;\n",
        ),
        (
            "raw",
            "DocID;YearCoded;LineID;Rank;StandardText;ICD10\n7;2014;1;1;hypertension;I10\n7;2014;1;2;diabète;E149\n",
        ),
        (
            "native",
            "NumCertificat;LigneCause;RangLigneCause;TexteCause;CodeCIM\n7;1;1;hypertension;I10\n7;1;2;diabète;E149\n",
        ),
    ],
)
def test_each_layout_has_its_columns(layout: str, rows: str, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    assert write_codes(LINES, file, layout) == rows.count("\n") - 1
    assert file.read_text(encoding="utf-8") == rows


def test_a_sign_that_the_encoding_lacks_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    line = CodedLine("7", "1", "œdème", ("J81",))
    with pytest.raises(UserError, match=r"certificate 7, line 1: latin-1 has no 'œ'"):
        write_codes([line], tmp_path / "codes.csv", "aligned", encoding="latin-1")
    assert not list(tmp_path.iterdir())
