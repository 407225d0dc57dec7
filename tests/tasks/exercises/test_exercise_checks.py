"""What is told of exercises without a person: distractors that give themselves away, likeness, repetition."""

import pytest

from alambic.tasks.exercises.checks import extracted, nearest_similarity, repeated, trivial_distractors
from alambic.tasks.exercises.exercise import multiple_choice

FACT = "« Asthme » (J45) relève du chapitre X de la CIM-10 : maladies de l'appareil respiratoire."


@pytest.mark.parametrize(
    ("distractor", "reason"),
    [
        ("Goutte", None),
        ("ASTHMÉ", "same"),
        ("l'appareil RESPIRATOIRE", "in_text"),
        ("appareil", "in_text"),
        ("pareil", None),  # within a word is not in the text
        ("Cardiopathie ischémique chronique non précisée", "length"),
        ("12,5", "form"),
    ],
)
def test_a_distractor_that_gives_itself_away_is_named(distractor, reason):
    question = multiple_choice("Laquelle ?", [("asthme", True), (distractor, False), ("Otite", False)])
    assert trivial_distractors(question, FACT) == ({distractor: reason} if reason else {})


def test_numbers_among_numbers_are_no_give_away():
    question = multiple_choice("Combien ?", [("12 mg", True), ("15 mg", False), ("20", False)])
    assert trivial_distractors(question, "") == {"20": "form"}
    assert trivial_distractors(multiple_choice("Combien ?", [("12", True), ("15", False)]), "") == {}


def test_likeness_is_one_for_a_copy_and_little_for_another_subject():
    known = ["Quel est le traitement de l'asthme ?", "Où se trouve le foie ?"]
    copy, other = nearest_similarity(["OU SE TROUVE LE FOIE ?", "Dosage du paracétamol"], known)
    assert copy == pytest.approx(1) and other < 0.5
    assert nearest_similarity(["a"], []).tolist() == [0] and nearest_similarity([], known).tolist() == []


def test_the_first_of_several_is_not_repeated():
    questions = ["Quel est le traitement de l'asthme ?", "Où ?", "quel est le traitement de l'asthme", "Où ?"]
    assert repeated(questions).tolist() == [0, 0, 1, 1] and repeated([]).tolist() == []


def test_an_answer_is_in_a_text_word_by_word():
    assert extracted(["ix", "X"], FACT) and extracted(["Appareil respiratoire"], FACT)
    assert not extracted(["IX"], FACT) and not extracted(["pareil"], FACT) and not extracted(["?"], FACT)


def test_marks_alone_are_like_nothing():
    marks = ["\u0301", "\u0301"]
    assert repeated(marks).tolist() == [0, 0] and nearest_similarity(["a"], marks).tolist() == [0]
    assert nearest_similarity(marks, ["a"]).tolist() == [0, 0]
