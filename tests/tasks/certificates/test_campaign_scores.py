"""The campaign's scores on worked cases, and the same ones from the metrics of `evaluate` on the same answers."""

from pathlib import Path

import pytest

from alambic.data.certificate_files import CodedLine, write_codes
from alambic.errors import UserError
from alambic.stages.evaluate.metrics import certificate_code_f1, code_f1, code_precision, code_recall
from alambic.tasks.certificates.campaign_scores import CampaignScores, keys_of, main, read_keys, score_keys

GOLD = [
    CodedLine("7", "1", "OAP; IDM", ("J81", "I219")),
    CodedLine("7", "2", "HTA", ("I10",)),
    CodedLine("8", "1", "chute", ("W199", "S720")),
    CodedLine("8", "2", "illisible", ()),
]
PREDICTED = [
    CodedLine("7", "1", "OAP; IDM", ("J81",)),  # one of two
    CodedLine("7", "2", "HTA", ("I10", "I219")),  # right, and one that belongs to the other line
    CodedLine("8", "1", "chute", ("W199", "W199", "S72.0")),  # twice the same, and a dot: once each
    CodedLine("8", "2", "illisible", ("R99",)),
]


def scored(tmp_path: Path, layout: str, **options: bool) -> CampaignScores:
    for name, lines in (("gold", GOLD), ("predicted", PREDICTED)):
        write_codes(lines, tmp_path / f"{name}.csv", layout)
    keys = [read_keys(tmp_path / f"{name}.csv", by_line=layout == "aligned") for name in ("gold", "predicted")]
    return score_keys(*keys, **options)


@pytest.mark.parametrize(
    ("layout", "external", "right", "expected", "given"),
    [("aligned", False, 4, 5, 6), ("raw", False, 5, 5, 6), ("native", False, 5, 5, 6), ("raw", True, 1, 1, 1)],
)
def test_codes_count_by_line_in_aligned_files_and_by_certificate_in_raw_ones(
    layout: str, external: bool, right: int, expected: int, given: int, tmp_path: Path
) -> None:
    scores = scored(tmp_path, layout, external=external)
    assert (scores.right, scores.expected, scores.given) == (right, expected, given)
    assert scores.precision == right / given and scores.recall == right / expected
    assert scores.f1 == pytest.approx(2 * scores.precision * scores.recall / (scores.precision + scores.recall))


def test_metrics_of_evaluate_give_the_same_scores() -> None:
    units, ids = [line.certificate for line in GOLD], [f"{line.certificate}/{line.line}" for line in GOLD]
    gold, predicted = (
        [line.codes for line in GOLD],
        [tuple(c.replace(".", "") for c in line.codes) for line in PREDICTED],
    )
    by_line, by_certificate = (
        score_keys(keys_of(GOLD, by_line=by_line), keys_of(PREDICTED, by_line=by_line)) for by_line in (True, False)
    )
    assert code_f1.score(gold, predicted).value == pytest.approx(by_line.f1)
    assert code_precision.score(gold, predicted).value == pytest.approx(by_line.precision)
    assert code_recall.score(gold, predicted).value == pytest.approx(by_line.recall)
    assert certificate_code_f1.score(gold, predicted, units, ids).value == pytest.approx(by_certificate.f1)


def test_a_separator_within_a_text_does_no_harm_and_nothing_is_zero(tmp_path: Path) -> None:
    header = "DocID;YearCoded;Gender;Age;LocationOfDeath;LineID;RawText;IntType;IntValue;CauseRank;StandardText;ICD10"
    file = tmp_path / "gold.csv"
    file.write_text(f"{header}\n7;2014;1;60;2;1;a; b; c;;;1-1;x; y;I10\n7;2014;1;60;2;2;d;;;;;\n", encoding="utf-8")
    assert read_keys(file, by_line=True) == {("7", "1", "I10")}
    assert score_keys(set(), set()) == CampaignScores(0, 0, 0) and CampaignScores(0, 0, 0).f1 == 0.0


ALIGNED = "DocID;YearCoded;Gender;Age;LocationOfDeath;LineID;RawText;IntType;IntValue;CauseRank;StandardText;ICD10\n"


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (ALIGNED + "7;2014;1;60;2;1;HTA;5;3;1-1;hta;I10;\n", {"I10"}),
        (ALIGNED + "7;2014;1;60;2;1;a; b;5;3;1-1;hta;I10;;;\n", {"I10"}),
        (ALIGNED.replace("\n", ";;\n") + "7;2014;1;60;2;01;HTA;5;3;1-1;hta;I10;;\n", {"I10"}),
        (ALIGNED + "7;2014;1;60;2;1;HTA;5;3;1-1;x;A17.0+\n7;2014;1;60;2;1;HTA;5;3;1-2;x;M49.0†\n", {"A170", "M490"}),
        (ALIGNED + "7;2014;1;60;2;1;HTA;5;3;1-1;x;I10 E119\n", {"I10", "E119"}),
        ("NumCertificat;LigneCause;RangLigneCause;CodeCIM;TexteCause\n7;1;1;I10;hta; ancienne\n", {"I10"}),
    ],
    ids=["blank cell", "blanks and a separator", "blanks of the header too", "marks", "several", "text behind"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_codes_are_read_as_the_reader_of_certificates_reads_them(
    content: str, codes: set[str], encoding: str, tmp_path: Path
) -> None:
    file = tmp_path / "gold.csv"
    file.write_text(content, encoding=encoding)
    assert read_keys(file, by_line=True) == {("7", "1", code) for code in codes}
    lines = [CodedLine("7", "1", "x", tuple(row.split(";")[-1] for row in content.splitlines()[1:]))]
    if content.endswith(("+\n", "†\n", "E119\n")):
        assert keys_of(lines, by_line=True) == {("7", "1", code) for code in codes}


def test_what_is_no_file_of_codes_is_an_error_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("DocID;LineID;ICD10\n7;1;INCONNU\n")
    with pytest.raises(UserError, match=r"x.csv:2: 'INCONNU' is no code"):
        read_keys(file, by_line=True)
    file.write_text(ALIGNED + "7;2014;1;60;2;1;HTA;5;3;1-1;hta;\n")
    with pytest.raises(UserError, match=r"x.csv:2: the rank '1-1' of a code, and no code"):
        read_keys(file, by_line=True)
    file.write_text("DocID;LineID;ICD10;CodeCIM\n7;1;I10;J81\n")
    with pytest.raises(UserError, match=r"2 columns ICD10, CodeCIM: rename"):
        read_keys(file, by_line=True)
    file.write_text("DocID;LineID\n7;1\n")
    with pytest.raises(UserError, match=r"no column ICD10 or CodeCIM"):
        read_keys(file, by_line=True)


def test_the_command_prints_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scored(tmp_path, "raw")
    main([str(tmp_path / "gold.csv"), str(tmp_path / "predicted.csv"), "--raw"])
    assert capsys.readouterr().out == "precision 0.8333  recall 1.0000  F1 0.9091  (5 right, 5 expected, 6 given)\n"
