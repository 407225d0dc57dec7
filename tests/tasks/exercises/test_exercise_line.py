"""An exercise as a line: written and read back, and what is none, by reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alambic.tasks.choices import appearance
from alambic.tasks.exercises.exercise import (
    MOST_ANSWERS,
    NO_CHARACTERS,
    Answer,
    MultipleChoice,
    OpenQuestion,
    one_line,
)
from alambic.tasks.exercises.line import REASONS, NotAnExercise, read_line, read_lines, write_line

QUESTION = MultipleChoice(
    question="Quel médicament est un anticoagulant ?",
    answers=(Answer(text="aspirine", right=False), Answer(text="warfarine", right=True)),
)
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=NO_CHARACTERS)
TEXTS = st.text(CHARACTERS, min_size=1, max_size=30).map(one_line).filter(appearance)
DISTINCT = st.lists(TEXTS, min_size=2, max_size=MOST_ANSWERS, unique_by=appearance)


def test_a_question_with_answers_is_written_in_their_order():
    line = "Q: Quel médicament est un anticoagulant ? | - aspirine | + warfarine"
    assert write_line(QUESTION) == line and read_line(line) == QUESTION


def test_an_open_question_has_what_is_accepted():
    exercise = OpenQuestion(question="De quel chapitre relève l'asthme ?", accepted=("X", "chapitre X"))
    assert write_line(exercise) == "Q: De quel chapitre relève l'asthme ? | = X | = chapitre X"
    assert read_line(write_line(exercise)) == exercise


@given(TEXTS, DISTINCT, st.integers(min_value=1))
def test_whatever_is_written_is_read_back(question, answers, right):
    marks = [bool(right >> place & 1) for place in range(len(answers))]
    if not any(marks) or all(marks):
        marks[0] = not marks[0]
    texts = zip(answers, marks, strict=True)
    exercise = MultipleChoice(question=question, answers=tuple(Answer(text=text, right=mark) for text, mark in texts))
    assert read_line(write_line(exercise)) == exercise
    asked = OpenQuestion(question=question, accepted=tuple(answers))
    assert read_line(write_line(asked)) == asked


@given(st.text(st.sampled_from("Q: |+-=\\ab\n"), max_size=40))
def test_any_line_is_an_exercise_or_has_a_reason(line):
    try:
        exercise = read_line(line)
    except NotAnExercise as error:
        assert error.reason in REASONS
    else:
        assert read_line(write_line(exercise)) == exercise


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (" \n", "empty"),
        ("Quel médicament ? | + a | - b", "no_question"),
        ("Q: | + a | - b", "no_question"),
        ("Q: Quel médicament ?", "no_answers"),
        ("Q: a\\n | + b | - c", "bad_escape"),
        ("Q: a | + b | - c \\", "bad_escape"),
        ("Q: a | + b | * c", "unknown_mark"),
        ("Q: a | + b | c", "unknown_mark"),
        ("Q: a | + b | -", "empty_answer"),
        ("Q: a | + b | - c |", "empty_answer"),
        ("Q: a | = b | - c", "mixed_marks"),
        ("Q: a | - b | - c", "no_right_answer"),
        ("Q: a | + b", "no_distractor"),
        ("Q: a | + Béta | - béta", "repeated_answer"),
        ("Q: a | + 0 " + "".join(f"| - {n} " for n in range(1, 11)), "too_many_answers"),
        ("Q: a\x07 | + b | - c", "strange_character"),
    ],
)
def test_what_is_no_exercise_has_its_reason(line, reason):
    with pytest.raises(NotAnExercise, match=reason):
        read_line(line)


def test_failures_are_counted_and_keep_their_place():
    exercises, failures = read_lines(["", write_line(QUESTION), "Q: a | + b", ""])
    assert exercises == [None, QUESTION, None, None]
    assert failures == {"empty": 2, "no_distractor": 1}


@pytest.mark.parametrize("question", ["", " a", "a\nb", "a  b", "a\ud800", "a\uffff"])
def test_a_text_is_one_clean_line(question):
    with pytest.raises(ValidationError):
        MultipleChoice(question=question, answers=QUESTION.answers)


def test_nothing_is_converted():
    with pytest.raises(ValidationError):
        Answer(text="a", right="yes")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Answer(text=3, right=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Q: \u200b | + a | - b", "no_question"),
        ("Q: a | + \u00e9t\u00e9 | - e\u0301te\u0301", "repeated_answer"),
        ("Q: a | + b | - b\u200b", "repeated_answer"),
        ("Q: a | + b | - \u200b", "empty_answer"),
    ],
)
def test_what_looks_the_same_is_the_same(line, reason):
    with pytest.raises(NotAnExercise, match=reason):
        read_line(line)
    assert read_line("Q: a | + 10\u2076 | - 106")
