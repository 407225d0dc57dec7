"""Certificates as a task: whole ones in each part, by year or share; and the dictionary that answers them."""

import json
from pathlib import Path

import pytest

from alambic.data.documents import Document, write_documents
from alambic.errors import UserError
from alambic.tasks.baseline import fit_baseline
from alambic.tasks.baselines.icd10_matching import Icd10Matching
from alambic.tasks.certificates.wording_keys import WordingKeys, pieces
from alambic.tasks.datasets.death_certificates import BASELINE, load, scored_texts

TABLE = {
    "I219": ("Infarctus (aigu) du myocarde, sans précision", "INFARCTUS DU MYOCARDE, SAI"),
    "I259": ("Cardiopathie ischémique chronique, sans précision", "CARDIOPATHIE ISCH. CHRON., SAI"),
    "I509": ("Insuffisance cardiaque, sans précision", "INSUF. CARD., SAI"),
    "J960": ("Insuffisance respiratoire aiguë", "INSUF. RESP. AIG."),
    "J961": ("Insuffisance respiratoire chronique", "INSUF. RESP. CHRON."),
    "N189": ("Maladie rénale chronique, sans précision", "MAL. RENALE CHRON., SAI"),
    "I10": ("Hypertension essentielle", "HYPERTENSION ESSENTIELLE"),
    "J96": ("Insuffisance respiratoire", "INSUF. RESP."),  # divided: no certificate is coded so
    "A0001": ("Trop fin", "TROP FIN"),
}
YEARS = ("2018", "2019", "2020", "2021")


def collected(folder: Path, documents: list[Document]) -> Path:
    folder.mkdir(parents=True)
    write_documents(documents, folder)
    return folder


def line(certificate: str, number: int, text: str, *codes: str, **metadata: str) -> Document:
    known = {"certificate": certificate, "line": str(number), "sex": "2", "age": "85", **metadata}
    coded = json.dumps([{"code": code, "text": ""} for code in codes])
    return Document(f"{certificate}/{number}", text, "x", "", "MIT", metadata={**known, "codes": coded})


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give 80 certificates of 4 years with two lines each, and a small table."""
    root = tmp_path_factory.mktemp("certificates")
    lines = []
    for number in range(80):
        year = {"year": YEARS[number % 4]}
        lines += [
            line(str(number), 1, f"IDM {number % 7}", "I21.9", **year),
            line(str(number), 2, "HTA, BPCO", "I10", "J449", **year),
        ]
    labels = [
        Document(
            f"{code}/{wording}", text, "x", "", "MIT", metadata={"code": f"{code[:3]}.{code[3:]}", "wording": wording}
        )
        for code, texts in TABLE.items()
        for wording, text in zip(("long", "short"), texts, strict=True)
    ]
    return collected(root / "certificates", lines), collected(root / "labels", labels)


def test_parts_hold_whole_certificates(folders: tuple[Path, Path]) -> None:
    data = load(*folders, dev_share=0.1)
    parts = [data.train, data.dev["dev"], data.calibration["calibration"], data.test["test"]]
    units = [{example.unit for example in part} for part in parts]
    assert sum(map(len, units)) == len(set().union(*units)) == 80
    assert all(len(part) == 2 * len(names) for part, names in zip(parts, units, strict=True))
    assert set(scored_texts(folders[0], dev_share=0.1)) == {example.text for part in parts[1:] for example in part}
    example = next(example for example in data.test["test"] if example.id.endswith("/2"))
    assert example.gold == ("I10", "J449")  # in the order of rank
    assert (
        example.attributes.items() >= {"sex": "female", "age_class": "65+", "chapter": "IX", "wording": "seen"}.items()
    )
    # Codes of the table up to four characters, and those of training: J449 is of no table.
    assert data.labels == ("I10", "I219", "I259", "I509", "J449", "J960", "J961", "N189")
    assert data.label_texts["I509"] == TABLE["I509"] and "J449" not in data.label_texts
    assert data.facts["training_codes_not_in_table"] == 1
    categories = load(*folders, longest_code=3)
    assert categories.labels == ("I10", "I21", "J44", "J96")


def test_years_make_parts_and_a_year_of_two_parts_is_shared_by_certificate(folders: tuple[Path, Path]) -> None:
    years = {"train_years": ["2018"], "calibration_years": ["2020"], "test_years": ["2020", "2021"]}
    data = load(*folders, **years)
    assert {name: len(some) for name, some in data.test.items()}.keys() == {"year_2020", "year_2021"}
    assert len(data.train) == 40 and len(data.test["year_2021"]) == 40 and data.facts["lines_of_no_part"] == 40
    both = [{e.unit for e in data.calibration["year_2020"]}, {e.unit for e in data.test["year_2020"]}]
    assert all(both) and not both[0] & both[1] and len(both[0] | both[1]) == 20
    assert "years:train=2018;calibration=2020;test=2020,2021" in data.conversion


def test_a_smaller_share_of_training_is_part_of_a_larger_one(folders: tuple[Path, Path]) -> None:
    shares = [{e.unit for e in load(*folders, train_share=share).train} for share in (0.05, 0.2, 1.0)]
    assert shares[0] < shares[1] < shares[2] and len(shares[1]) == -(-len(shares[2]) // 5)
    limited = load(*folders, train_limit=3, test_limit=2)
    assert len({e.unit for e in limited.train}) == 3 and len(limited.test["test"]) == 4
    some, few = ({e.unit for e in load(*folders, train_limit=10, train_share=share).train} for share in (1.0, 0.2))
    assert few < some and (len(few), len(some)) == (2, 10)  # a share of what the limit leaves
    parts = load(*folders, dev_share=0.2, dev_limit=2, calibration_limit=1)
    units = [{e.unit for e in some} for part in (parts.dev, parts.calibration) for some in part.values()]
    assert [len(some) for some in units] == [2, 1]


def test_incomplete_and_uncoded_certificates_are_not_scored(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    lines = [line(str(n), 1, f"IDM {n}", "I219", **({"incomplete": "true"} if n % 2 else {})) for n in range(40)]
    uncoded = Document("x/1", "IDM", "x", "", "MIT", metadata={"certificate": "x", "line": "1"})
    data = load(collected(tmp_path / "c", [*lines, uncoded, line("y", 1, "illisible", synthetic="true")]), folders[1])
    scored = [*data.calibration["calibration"], *data.test["test"]]
    assert scored and all(e.unit == "y" or int(e.unit) % 2 == 0 for e in scored)
    assert any(e.unit.isdecimal() and int(e.unit) % 2 for e in data.train)
    assert data.facts["certificates_incomplete_not_scored"] == 20 and data.facts["lines_not_coded"] == 1
    assert "data=partly_synthetic" in data.conversion


def test_other_wordings_are_a_test_set_of_their_own(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    texts = {"I50.9": "Défaillance du coeur", "I10": "HYPERTENSION essentielle", "Z99.9": "Inconnu"}
    documents = [Document(code, text, "x", "", "MIT", metadata={"code": code}) for code, text in texts.items()]
    data = load(*folders, collected(tmp_path / "w", documents))
    (example,) = data.test["other_wordings"]  # I10 is worded as in the table, Z99.9 is no code of it
    assert (example.text, example.gold, example.attributes["wording"]) == ("Défaillance du coeur", ("I509",), "unseen")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train_years": ["2018"], "test_years": ["2030"]}, r"no certificate to score \(years:train=2018;test=2030\)"),
        ({"test_years": ["2018"]}, "no certificate to learn from"),
        ({"test_share": 0.6, "calibration_share": 0.4}, "leave no certificates to learn from"),
    ],
)
def test_parts_without_certificates_are_errors(options: dict, message: str, folders: tuple[Path, Path]) -> None:
    with pytest.raises(UserError, match=message):
        load(*folders, **options)


def test_other_documents_are_refused(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    other = collected(tmp_path / "x", [Document("1", "a", "x", "", "MIT", metadata={"codes": "[]"})])
    with pytest.raises(UserError, match="document 1 is no line of a certificate"):
        load(other, folders[1])
    with pytest.raises(UserError, match="holds no codes: expected a collected icd10_fr"):
        load(folders[0], folders[0])


@pytest.fixture(scope="module")
def matching(folders: tuple[Path, Path]) -> Icd10Matching:
    data = load(*folders)
    baseline = fit_baseline(BASELINE, data.train, data.label_texts)
    assert isinstance(baseline, Icd10Matching)
    return baseline


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("IDM 3", ("I219",)),  # a line of training
        ("HTA, BPCO", ("I10", "J449")),  # with several codes, of which one is in no table
        ("insuffisance cardiaque", ("I509",)),  # a full label
        ("INSUF. CARD.", ("I509",)),  # a short one
        ("INSUF CARDIAQUE", ("I509",)),  # half short, without its dot
        ("CHRONIQUE, INSUFFISANCE RESPIRATOIRE", ("J961",)),  # as an index inverts it
        ("INSUFISANCE CARDAIQUE", ("I509",)),  # with slips
        ("INSUFFISANCE RESPIRATOIRE AIGUE SUR INSUF. CARD.", ("J960", "I509")),  # two causes
        ("hypertension essentielle + insuffisance cardiaque + IDM 3", ("I10", "I509", "I219")),
        ("xyzzy", ()),
    ],
)
def test_the_dictionary_gives(text: str, codes: tuple[str, ...], matching: Icd10Matching) -> None:
    assert matching.match([text])[0].codes == codes


def test_the_dictionary_is_surer_of_what_it_knows(matching: Icd10Matching) -> None:
    known, alike, unlike = (m.confidence for m in matching.match(["IDM 3", "INSUFISANCE CARDAIQUE", "xyzzy"]))
    assert known == 1.0 and 0.6 < alike < known and unlike == 0.0


def test_the_dictionary_answers_without_training(folders: tuple[Path, Path]) -> None:
    data = load(*folders)
    alone = fit_baseline(BASELINE, [], data.label_texts)
    assert alone.predict([data.test["test"][0]]) == [("I219",)] or alone.predict([data.test["test"][0]]) == [()]
    assert fit_baseline(BASELINE, [], {}).predict([data.test["test"][0]]) == [()]


def test_abbreviations_are_written_out_unless_they_are_words() -> None:
    keys = WordingKeys({**TABLE, "K746": ("Cirrhose hépatique chronique", "CIRRHOSE HEP. CHRON.")})
    assert keys.key("INSUF. RESP. CHRON., SAI") == keys.key("Insuffisance respiratoire chronique, sans précision")
    assert keys.key("mal") == "mal"
    assert pieces("A sur B ; C, D et E") == ["a", "b", "c", "d", "e"]
