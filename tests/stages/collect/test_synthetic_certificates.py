"""Made certificates: the same from one seed, fitting the person, drifting over the years, called synthetic."""

import json
from collections import Counter

import pytest
from test_collect_sources import collected

from alambic.data.documents import Document
from alambic.stages.collect.sources import icd10_wordings
from alambic.stages.collect.synthetic.frequent_causes import EXTERNAL, FREQUENT, USUAL
from alambic.stages.collect.synthetic.population import sex_of
from alambic.tasks.words import fold

OPTIONS = {"certificates": 250, "years": 4, "training_years": 2}


@pytest.fixture(scope="module")
def made() -> list[Document]:
    return collected("synthetic_certificates", **OPTIONS)


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    labels = collected("icd10_fr", wordings=["long"], external_causes=1_000_000)
    return {document.metadata["code"].replace(".", ""): document.text for document in labels}


def codes(document: Document) -> list[str]:
    return [entry["code"] for entry in json.loads(document.metadata["codes"])]


def test_the_same_options_give_the_same_and_each_says_that_it_is_synthetic(made: list[Document]) -> None:
    again = collected("synthetic_certificates", **OPTIONS)
    assert again == made
    assert collected("synthetic_certificates", **OPTIONS, seed=1) != made
    assert all(d.metadata["synthetic"] == "true" and d.id.startswith("SYN") for d in made)
    assert len({d.metadata["certificate"] for d in made}) == 1000 and len({d.id for d in made}) == len(made)
    assert Counter(d.metadata["year"] for d in made).keys() == {"2018", "2019", "2020", "2021"}


def test_codes_are_of_the_table_and_fit_sex_and_age(made: list[Document], table: dict[str, str]) -> None:
    for document in made:
        for entry in json.loads(document.metadata["codes"]):
            assert table[entry["code"]] == entry["text"]
            assert sex_of(entry["code"]) in ("", document.metadata["sex"]), document
            if entry["code"][0] == "O":
                assert document.metadata["sex"] == "2" and 16 <= int(document.metadata["age"]) <= 48
            if entry["code"][0] == "P":
                assert document.metadata["age"] == "0"


def test_every_listed_cause_is_a_code_of_the_table(table: dict[str, str]) -> None:
    listed = [cause.code for causes in FREQUENT.values() for cause in causes]
    listed += [cause.code for outer, injuries in EXTERNAL for cause in (outer, *injuries)]
    assert [code for code in [*listed, *(c for some in USUAL.values() for c in some)] if code not in table] == []


def test_lines_are_in_causal_order_with_several_causes_and_durations_that_grow(made: list[Document]) -> None:
    by_certificate: dict[str, list[Document]] = {}
    for document in made:
        by_certificate.setdefault(document.metadata["certificate"], []).append(document)
    several = sum(len(codes(document)) > 1 for document in made)
    assert 0.05 < several / len(made) < 0.4 and sum(len(some) > 1 for some in by_certificate.values()) > 500
    for some in by_certificate.values():
        units = [int(d.metadata["interval_type"]) for d in some if "interval_type" in d.metadata]
        assert units == sorted(units)
        assert [int(d.metadata["line"]) for d in some] == sorted(int(d.metadata["line"]) for d in some)


def test_later_years_have_new_codes_new_wordings_and_more_slips(made: list[Document]) -> None:
    early = [d for d in made if d.metadata["year"] < "2020"]
    late = [d for d in made if d.metadata["year"] >= "2020"]
    assert {d.metadata["wording"] for d in early} == {"seen"}
    assert 0.1 < sum(d.metadata["wording"] == "unseen" for d in late) / len(late) < 0.9
    with_covid = [d.metadata["year"] for d in made if "U071" in codes(d)]
    assert with_covid and min(with_covid) >= "2020"
    slips = [sum(d.metadata["typing_errors"] != "0" for d in some) / len(some) for some in (early, late)]
    assert slips[0] < slips[1]


def test_without_drift_years_are_alike() -> None:
    still = collected("synthetic_certificates", **OPTIONS, drift=0, unseen_share=0)
    shares = [Counter(c[0] for d in still if d.metadata["year"] == y for c in codes(d)) for y in ("2018", "2021")]
    totals = [shares[n].total() for n in (0, 1)]
    assert all(abs(shares[0][k] / totals[0] - shares[1][k] / totals[1]) < 0.07 for k in "CEFIJKR")


def test_other_wordings_are_read_from_their_package(table: dict[str, str]) -> None:
    found = collected("icd10_wordings")
    assert len(found) > 9000 and all(d.licence == "GPL-3.0-or-later" for d in found)
    by_code = {d.metadata["code"]: d for d in found}
    assert by_code["A06.1"].metadata["chapter"] == "I" and by_code["A06.1"].text
    own = [d for d in found if fold(d.text) != fold(table.get(d.metadata["code"].replace(".", ""), ""))]
    assert len(own) > 1000  # independent of the table's labels
    assert "F11.0" not in by_code  # marked as doubtful


def test_a_catalogue_is_read_with_its_quotes_and_lines() -> None:
    text = (
        '#, fuzzy\nmsgctxt "a"\nmsgid "x"\nmsgstr "doubtful"\n\nmsgctxt "b"\nmsgid ""\n"y "\n"z"\nmsgstr "un \\"mot\\""'
    )
    first, second = icd10_wordings.entries(text)
    assert first == (1, {"msgctxt": "a", "msgid": "x", "msgstr": "doubtful"}, True)
    assert second == (6, {"msgctxt": "b", "msgid": "y z", "msgstr": 'un "mot"'}, False)
