"""Who the patient of a text is: told, or left open."""

import pytest

from alambic.tasks.attributes import all_attributes
from alambic.tasks.examples import Example
from alambic.tasks.patient import Patient, age_class, read_patient

CASES = [
    ("Patiente de 45 ans, suivie depuis 10 ans pour un diabète.", "female", "18-64"),
    ("Il s'agit d'un patient âgé de 72 ans, fumeur.", "male", "65+"),
    ("Nous rapportons l’observation d’un homme de 55 ans.", "male", "18-64"),
    ("Un nourrisson de 3 mois, sans antécédent.", "", "0-1"),
    ("Un nouveau-né de sexe féminin, né à terme.", "female", "0-1"),
    ("Fillette de 7 ans amenée par sa mère âgée de 34 ans.", "female", "2-17"),
    ("Mme Durand, 81 ans, vue en consultation.", "female", "65+"),
    ("M. Martin est revu ce jour.", "male", ""),
    ("Un homme de 40 ans, dont la femme est enceinte.", "male", "18-64"),
    ("Il vit avec sa femme, depuis 30 ans.", "", ""),
    ("La sage-femme est appelée.", "", ""),
    ("Garçon de 18 mois.", "male", "0-1"),
    ("Le traitement a duré 12 ans.", "", ""),
    ("Les patients ont été suivis pendant 5 ans.", "", ""),
    ("Une patiente de 30 ans. Le patient type est un homme.", "", "18-64"),
    ("Une femme de 28 ans a accouché d'un garçon.", "female", "18-64"),
    ("Observation 1 Patient de 57 ans. Observation 2 Patiente de 30 ans.", "", ""),
    ("K. L, âgée de 12 ans, vue pour une fracture.", "female", "2-17"),
    ("Mademoiselle A.Z. 23 ans, a été vue en consultation.", "female", "18-64"),
    ("", "", ""),
]


@pytest.mark.parametrize(("text", "sex", "age"), CASES)
def test_sex_and_age(text, sex, age):
    assert read_patient(text) == Patient(sex, age)


@pytest.mark.parametrize(
    ("years", "name"), [(0, "0-1"), (1.9, "0-1"), (2, "2-17"), (17.9, "2-17"), (64, "18-64"), (65, "65+"), (130, "")]
)
def test_classes_of_age(years, name):
    assert age_class(years) == name


def test_a_sentence_is_about_the_patient_of_its_document():
    examples = [
        Example("1", "Patiente de 45 ans.", "x", unit="a"),
        Example("2", "Le bilan est normal.", "x", unit="a"),
        Example("3", "Le bilan est normal.", "x", unit="b", attributes={"sex": "male", "source": "ward"}),
        Example("4", "Le bilan est normal.", "x"),
    ]
    first, second, third, fourth = all_attributes(examples)
    assert second["sex (from the text)"] == first["sex (from the text)"] == "female" and second["words"] == "5"
    assert third == {"words": "5", "sex": "male", "source": "ward"}
    assert fourth == {"words": "5"}
