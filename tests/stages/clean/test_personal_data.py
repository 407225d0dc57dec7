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

MUSCLES_AND_MEDICINES = (
    "M. Pectoral", "M. Grand dorsal", "M. Carré des lombes", "M. Sartorius", "M. Rectus femoris", "M. Psoas iliaque",
    "M. Luteus", "M. Crohn", "M. de Wilson traitée", "MM. Interosseux et Lombricaux", "MM IgG Kappa, MM Stade III",
    "Mes Parents", "Prs de 50 ans", "Nom : Doliprane", "Nom : Humira", "Nom : OZEMPIC 1 mg", "Nom : Paracétamol",
    "Nom : Escherichia coli", "Nom : Xyrtol\nDosage : 40 mg", "Nom : Fémur", "Nom : Maladie de Crohn",
    "Nom : Hémoglobine", "prévenez votre médecin : Rare (moins de 1 sur 1000)", "le sachet {MM. AAAA}",
    "Nom du médicament : Humira", "Nom\tDCI\tPosologie\nHumira\tAdalimumab\t40 mg",
    "| Nom | Dose |\n|---|---|\n| Doliprane | 1 g |\n| Xyrtol | 1 mg |", "Nom;Valeur\nSodium;140", "Nom - Dose - Voie",
    "<tr><th>Nom</th><th>Dose</th></tr><tr><td>Humira</td><td>40 mg</td></tr>", "Nom Prénom Date de naissance",
    "Artère carotide interne : Sténose", "Oreille interne : Normale", "Pr : Protéine", "Dr : Droite", "Me : Métastase",
    "Segment VII, segment IV du foie", "point de Mac Burney, canal de Guyon, polygone de Willis, signe de Lasègue",
    "Germe responsable : Klebsiella", "Médecin : Oui", "Patient : ASTHMATIQUE", "Validé par : Biologiste",
)  # fmt: skip
FORMS = (
    ("Nom/Prénom : Dupont / Jean", "Nom/Prénom : <NOM> / <NOM>"),
    ("Nom, prénom : Dupont, Jean", "Nom, prénom : <NOM>, <NOM>"),
    ("Nom et prénom de la mère : Dupont Anne", "Nom et prénom de la mère : <NOM>"),
    ("Nom (de naissance) : Dupont", "Nom (de naissance) : <NOM>"),
    ("Nom du médecin traitant : Lefranc", "Nom du médecin traitant : <NOM>"),
    ("Nom de l'interne : Lefranc", "Nom de l'interne : <NOM>"),
    ("Nom\tDupont\nPrénom\tJean", "Nom\t<NOM>\nPrénom\t<NOM>"),
    ("| Nom | Dupont | Prénom | Jean |", "| Nom | <NOM> | Prénom | <NOM> |"),
    ("**Nom :** Dupont, **Prénom** : Jean", "**Nom :** <NOM>, **Prénom** : <NOM>"),
    ("Nom ........ Dupont", "Nom ........ <NOM>"),
    ("Nom – Dupont", "Nom – <NOM>"),
    ("NOM\nDUPONT\nPRENOM\nJEAN", "NOM\n<NOM>\nPRENOM\n<NOM>"),
    ("M. Carré, Dr MASSE", "M. <NOM>, Dr <NOM>"),
    ("Nom : Mars", "Nom : <NOM>"),
    ("Nom : Long", "Nom : <NOM>"),
    ("Chirurgien : Lefranc", "Chirurgien : <NOM>"),
    ("Médecins : Lefranc / Martin", "Médecins : <NOM> / <NOM>"),
    ("Médecin traitant\tLefranc", "Médecin traitant\t<NOM>"),
    ("Validé par : Lefranc", "Validé par : <NOM>"),
    ("Dr : Dupont", "Dr : <NOM>"),
)
TABLES = (
    ("Nom\tPrénom\tDDN\nDupont\tJean\t12/03/1954", "Nom\tPrénom\tDDN\n<NOM>\t<NOM>\t<DATE_NAISSANCE>"),
    ("Nom | IPP\nDupont | 8001234", "Nom | IPP\n<NOM> | <IDENTIFIANT>"),
    ("| Nom | Âge |\n|---|---|\n| Long | 45 |\n| petit | 50 |",
     "| Nom | Âge |\n|---|---|\n| <NOM> | 45 |\n| <NOM> | 50 |"),
    ("Nom,Prénom,Age\nDupont,Jean,45", "Nom,Prénom,Age\n<NOM>,<NOM>,45"),
    ("Nom    Service\nDupont   Cardio\nLefranc  Pneumo", "Nom    Service\n<NOM>   Cardio\n<NOM>  Pneumo"),
    ("Patient;Diagnostic\nDupont;Asthme", "Patient;Diagnostic\n<NOM>;Asthme"),
    ("Médecin | Service\nLefranc | Cardiologie", "Médecin | Service\n<NOM> | Cardiologie"),
    ("<td>Nom</td><td>Dupont</td>", "<td>Nom</td><td><NOM></td>"),
    ("<tr><th>Nom</th><th>Âge</th></tr>\n<tr><td>Dupont</td><td>45</td></tr>",
     "<tr><th>Nom</th><th>Âge</th></tr>\n<tr><td><NOM></td><td>45</td></tr>"),
)  # fmt: skip
SEVERAL = (
    ("MM. Dupont et Martin", "MM. <NOM> et <NOM>"),
    ("MM Dupont et Martin", "MM <NOM> et <NOM>"),
    ("Drs Dupont, Martin, Lefranc", "Drs <NOM>, <NOM>, <NOM>"),
    ("Drs. Dupont/Martin", "Drs. <NOM>/<NOM>"),
    ("les docteurs Dupont, Lefranc et Martin", "les docteurs <NOM>, <NOM> et <NOM>"),
    ("Mmes Dupont & Martin", "Mmes <NOM> & <NOM>"),
    ("Prs A. Dupont et B. Martin", "Prs <NOM> et <NOM>"),
    ("MESDAMES DUPONT ET MARTIN", "MESDAMES <NOM> ET <NOM>"),
    ("MM. les Prs Dupont et Martin", "MM. les Prs <NOM> et <NOM>"),
    ("Dr Dupont et Martin", "Dr <NOM> et <NOM>"),
    ("Mlles Dupont et Martin", "Mlles <NOM> et <NOM>"),
    ("M./Mme Dupont", "M./Mme <NOM>"),
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
        ("Reçu Mr B", "Reçu Mr <NOM>"),
        *FORMS,
        *TABLES,
        *SEVERAL,
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
        *MUSCLES_AND_MEDICINES,
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
