"""What points at a person is masked, and doses, dates and titles that look like it are not."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_letters import letters

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Clean
from alambic.stages.clean.run import run
from alambic.stages.clean.personal.finding import find, masked
from alambic.stages.clean.steps.personal_data import step


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mme Jeanne DUPONT-MARTIN, née le 12/03/1956,", "Mme <NOM>, née le <DATE_NAISSANCE>,"),
        ("vue par le Dr A. Lefèvre (RPPS 10003456786)", "vue par le Dr <NOM> (RPPS <RPPS>)"),
        ("M. de La Fontaine, 12 bis rue de la Paix, 75002 Paris", "M. <NOM>, <ADRESSE>"),
        ("94270 Le Kremlin-Bicêtre cedex", "<ADRESSE>"),
        ("NIR 138057505699762 tél. +33 (0)3 44 41 58 68", "NIR <NIR> tél. <TELEPHONE>"),
        ("Corse : 2 99 05 2A 123 456 91", "Corse : <NIR>"),
        ("IPP : 8001234567, jean.dupont@ap-hp.fr", "IPP : <IDENTIFIANT>, <COURRIEL>"),
        ("FINESS n° 750712184", "FINESS n° <FINESS>"),
    ],
)
def test_what_is_personal_is_masked(text, expected):
    from stdnum.fr import nir

    if "2 99 05 2A" in text:  # the key follows from the number
        text = f"Corse : 2 99 05 2A 123 456 {nir.calc_check_digits('299052A123456')}"
    assert masked(text, find(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "héparine 5000 UI, 10000 Unités par jour, 1000000 UI",
        "138057505699763 n'a pas la bonne clé, 10003456780 non plus",
        "Hémoglobine 12,3 g/dL le 12/03/2021, plaquettes 250 000/mm3",
        "COMMENT PRENDRE CE MÉDICAMENT ; les PROTAC ; 10 cours de kinésithérapie",
        "Monsieur Le patient, M. Il va mieux. 3 places en chambre.",
        "La dose est de 10 20 30 40 mg",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert find(text) == []


def test_letters_about_nobody_are_masked_but_for_names_without_a_title():
    there, missed = Counter(), Counter()
    for text, spans in letters(150, seed=3):
        found = find(text)
        assert all(any(a < end and start < b for start, end, _ in spans) for a, b, _ in found), "nothing else is masked"
        for start, end, kind in spans:
            titled = kind != "NOM" or not text[end:].startswith(" a été revu")
            there[kind] += titled
            missed[kind] += titled and not any(a <= start and end <= b for a, b, _ in found)
    for kind in there:
        assert missed[kind] <= 0.03 * there[kind], kind


@given(st.text(max_size=80))
def test_any_text_is_taken(text):
    found = find(text)
    assert all(0 <= a < b <= len(text) for a, b, _ in found)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(found))


def test_kinds_may_be_kept():
    document = Document("1", "Dr Jean Petit, jean@petit.fr", "t", "", "CC0-1.0")
    assert step(keep=["NOM"])(document).text == "Dr Jean Petit, <COURRIEL>"


def test_changed_documents_are_kept_as_they_were_with_the_steps_that_changed_them(tmp_path):
    (tmp_path / "source").mkdir(), (tmp_path / "out").mkdir()
    texts = ["Vu par le Dr Jean Petit.", "Vu  par le Dr Jean Petit.", "Rien à signaler ici."]
    documents = (Document(str(n), text, "letters", "", "CC0-1.0") for n, text in enumerate(texts))
    write_documents(documents, tmp_path / "source")
    settings = Clean(sources=["s"], steps={"normalise": {}, "personal_data": {}}, held_out=0.0)
    facts = run(settings, Inputs(sources=[tmp_path / "source"]), tmp_path / "out")
    assert facts["funnel"]["letters"]["changed"] == {"normalise": 1, "personal_data": 2}
    assert next(one.text for one in read_documents(tmp_path / "out", part="train")) == "Vu par le Dr <NOM>."
