"""What points at a person is masked, and doses, dates and titles that look like it are not."""

import itertools
from collections import Counter

import pytest
from fuzzing import examples, fuzz
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_letters import HELD_OUT, TRAIN, letters

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Clean
from alambic.stages.clean.personal.finding import find, masked
from alambic.stages.clean.run import run
from alambic.stages.clean.steps.personal_data import step

LOOK_ALIKES = (
    "Infection à M. Tuberculosis traitée par quadrithérapie.",
    "Atcd : PR Séropositive sous méthotrexate.",
    "Pas d'anomalie du segment PR. Repolarisation normale.",
    "Injection I.M. Kenacort 40 mg.",
    "TR : PR Souple.",
    "ECG : PR Normal, QRS fins.",
    "Mme. Signes vitaux stables.",
    "Dr : drainage, Dr Redon",
    "Maladie de Parkinson, signe de Babinski, maladie de Charcot-Marie-Tooth",
    "Hôpital Necker, CHU Henri Mondor, Institut Gustave Roussy",
    "KARDEGIC 75, score d'Apgar 9/10, T2 N0 M0, 25000 Leucocytes",
    "EN CAS DE DOUTE NE PAS HESITER A DEMANDER",
    "infection du nouveau-né à Escherichia coli, les fils du DIU",
    "le 01/02/2021 12:30, section 4.5.1.2, ClinicalTrials.gov, no NCT03673514",
    "https://www.has-sante.fr/jcms/c_2671697/fr/fiche",
)


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
        ("Nom : DUPONT Prénom : Jean Sexe : M", "Nom : <NOM> Prénom : <NOM> Sexe : M"),
        ("Nom :\nDUPONT\nPrénom(s) :\nJean\nSexe : F", "Nom :\n<NOM>\nPrénom(s) :\n<NOM>\nSexe : F"),
        ("nom\tDUPONT\tprenom\tJEAN", "nom\t<NOM>\tprenom\t<NOM>"),
        ("Nom d'usage : durand", "Nom d'usage : <NOM>"),
        ("Né(e) le : 12/03/1954 à PARIS", "Né(e) le : <DATE_NAISSANCE> à <ADRESSE>"),
        ("née le premier mars mil neuf cent cinquante", "née le <DATE_NAISSANCE>"),
        ("MONSIEUR DUPONT, MADAME DURAND ANNE, Mr PETIT", "MONSIEUR <NOM>, MADAME <NOM>, Mr <NOM>"),
        ("Courrier du DOCTEUR DURAND et de la Dre Leroy", "Courrier du DOCTEUR <NOM> et de la Dre <NOM>"),
        ("M DUPONT Jean ; Mme Anne DURAND née MARTIN", "M <NOM> ; Mme <NOM>"),
        ("M. d'Ormesson, Mr. et Mme O'Brien, Dr J.-P. Moreau", "M. <NOM>, Mr. et Mme <NOM>, Dr <NOM>"),
        ("Interne : Paul DURAND", "Interne : <NOM>"),
        ("M. Legrand a été vu. LEGRAND reviendra.", "M. <NOM> a été vu. <NOM> reviendra."),
        ("VILLE : Bourgneuf", "VILLE : <ADRESSE>"),
        ("ADRESSE : boulevard Clairval", "ADRESSE : <ADRESSE>"),
        ("Cordialement,\nSophie MARCHAND", "Cordialement,\n<NOM>"),
        ('De : "Dupont, Jean" <jean.dupont@chu.fr>', 'De : "<NOM>" <<COURRIEL>>'),
        ("tél 0612345678, 06-12-34-56-78 ou 0033612345678", "tél <TELEPHONE>, <TELEPHONE> ou <TELEPHONE>"),
        ("n° SS 2850778006084, n° dossier 2021-123456", "n° SS <NIR>, n° dossier <IDENTIFIANT>"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189, IP 192.168.12.45", "IBAN <IBAN>, IP <IP>"),
        ("https://dmp.example/patient/jean-dupont, CR_DUPONT_Jean.pdf", "<URL>, <URL>"),
        ("j_dupont (at) chu-lyon.fr", "<COURRIEL>"),
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
        *LOOK_ALIKES,
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert find(text) == []


@pytest.mark.parametrize(("templates", "least"), [(TRAIN, 0.99), (HELD_OUT, 0.98)], ids=["train", "held_out"])
def test_letters_about_nobody_are_masked_and_nothing_else(templates, least):
    there, missed = Counter(), Counter()
    for text, spans in letters(100, seed=3, templates=templates):
        found = find(text)
        assert all(any(a < end and start < b for start, end, _ in spans) for a, b, _ in found), text
        for start, end, kind in spans:
            there[kind] += 1
            missed[kind] += not any(a <= start and end <= b for a, b, _ in found)
    assert len(there) >= 11
    for kind in there:
        assert missed[kind] <= (1 - least) * there[kind] + 1, kind


PIECES = (
    "M. |Dr |DUPONT |Jean |née |le |12/03/1954 |Nom : |rue |75002 |Paris |06 12 34 56 78 |de |LA |<NOM>|\n|, |@|"
    "a@b.fr |IPP |123456789 |Petit|https://x/|J.|-|'|Adresse : |12 |\ud800|\0"
)


@fuzz
@settings(max_examples=examples(150), deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES.split("|")), max_size=14).map("".join))
def test_masking_a_masked_text_changes_nothing(text):
    once = masked(text, find(text))
    assert masked(once, find(once)) == once


@fuzz
@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from(LOOK_ALIKES), max_size=5))
def test_texts_of_medicine_stay_together_too(lines):
    assert find("\n".join(lines)) == []


@fuzz
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
    chosen = Clean(sources=["s"], steps={"normalise": {}, "personal_data": {}}, held_out=0.0)
    facts = run(chosen, Inputs(sources=[tmp_path / "source"]), tmp_path / "out")
    assert facts["funnel"]["letters"]["changed"] == {"normalise": 1, "personal_data": 2}
    assert next(one.text for one in read_documents(tmp_path / "out", part="train")) == "Vu par le Dr <NOM>."
