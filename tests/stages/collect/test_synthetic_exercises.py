"""Made exercises: the same from one seed, in FrenchMedMCQA's form, with wrong answers that the tables call wrong."""

import json
from collections import Counter

import pytest
from test_collect_sources import collected

from alambic.data.documents import Document, write_documents
from alambic.errors import UserError
from alambic.stages.collect.synthetic.exercises import DRUGS, make_exercises
from alambic.tasks.datasets import exercises, multiple_choice_questions
from alambic.tasks.exercises.checks import trivial_distractors
from alambic.tasks.exercises.exercise import MultipleChoice
from alambic.tasks.exercises.line import read_line
from alambic.tasks.words import fold

OPTIONS = {"exercises": 300, "seed": 1}
OWN = {"question": "Que fait l'aspirine ?", "choices": "", "correct": "elle fluidifie le sang"}


@pytest.fixture(scope="module")
def made() -> list[Document]:
    return collected("synthetic_exercises", **OPTIONS)


def test_they_are_the_same_from_one_seed_and_say_that_they_are_made(made: list[Document]) -> None:
    assert made == collected("synthetic_exercises", **OPTIONS)
    assert made != collected("synthetic_exercises", **{**OPTIONS, "seed": 2})
    assert all(d.metadata["synthetic"] == "true" and d.id.startswith("SYN-") for d in made)
    assert Counter(d.metadata["kind"] for d in made) == {"icd10_chapter": 300, "atc_group": 300}
    shares = sum(not d.metadata["choices"] for d in made) / len(made)
    assert 0.1 < shares < 0.35


def test_wrong_answers_are_of_other_chapters_and_groups(made: list[Document]) -> None:
    groups: dict[str, set[str]] = {}
    for label in collected("icd10_fr", wordings=["long"], external_causes=0):
        if len(label.metadata["code"]) <= len("J45.9"):
            groups.setdefault(fold(label.text), set()).add(label.metadata["chapter"])
    for drug in collected("atc_drugs"):
        groups.setdefault(fold(drug.text), set()).add(drug.metadata["atc"][0])
    for document in made:
        if document.metadata["choices"]:
            choices = json.loads(document.metadata["choices"])
            right = choices.pop(document.metadata["correct"])
            (group,) = groups[fold(right)]
            assert f" {group} " in document.metadata["question"] and len(choices) == 3
            assert not any(group in groups[fold(text)] for text in choices.values())


def test_without_open_ones_all_have_answers_to_choose_from(tmp_path) -> None:
    made = collected("synthetic_exercises", **{**OPTIONS, "exercises": 1000, "open_share": 0})
    assert len(made) > 1500 and all(document.metadata["choices"] for document in made)
    write_documents(made, tmp_path)
    data = multiple_choice_questions.load(tmp_path, question_column="text_and_question")
    assert {len(example.choices) for example in data.train} == {4}


def test_they_are_exercises_to_be_written(made: list[Document], tmp_path) -> None:
    write_documents(made, tmp_path)
    data = exercises.load(tmp_path)
    assert not any(name.startswith("questions_left_out") for name in data.facts)
    assert data.conversion.endswith("|source=text|data=synthetic"), "the report warns of it"
    (tmp_path / "mixed").mkdir()
    write_documents(
        [*made, Document("own", "L'aspirine fluidifie le sang.", "x", "", "MIT", metadata=OWN)], tmp_path / "mixed"
    )
    assert exercises.load(tmp_path / "mixed").conversion.endswith("|data=partly_synthetic")
    assert len(data.train) + len(data.test["test"]) == len(made) and len(data.test["test"]) >= len(made) / 5
    for example in data.test["test"]:
        exercise = read_line(example.gold)
        if isinstance(exercise, MultipleChoice):
            assert exercise.right[0] in example.text
            assert not {"same", "in_text"} & {*trivial_distractors(exercise, example.text).values()}


def test_a_drug_of_two_groups_and_one_without_others_are_not_asked_about_with_answers() -> None:
    names = [("aspirine", "B"), ("Aspirine", "N"), ("digoxine", "C"), ("warfarine", "B")]
    found = list(make_exercises(DRUGS, names, distractors=2, open_share=0.01, seed=0))
    assert sorted(each.name for each in found) == ["digoxine", "warfarine"]
    assert all(not each.answers and each.right in "BC" for each in found)
    assert not list(make_exercises(DRUGS, names, distractors=2, open_share=0, seed=0)), "none is to be open"


def test_real_questions_are_exercises_for_their_right_answers(test_data, tmp_path) -> None:
    """FrenchMedMCQA's own: a few have only right answers, or the same one twice."""
    questions = json.loads((test_data / "frenchmedmcqa" / "dev.json").read_text("utf-8-sig"))
    documents = [
        Document(
            str(n), question["question"], "q", "", "Apache-2.0",
            metadata={
                "question": question["question"],
                "choices": json.dumps(question["answers"]),
                "correct": "|".join(question["correct_answers"]),
            },
        )
        for n, question in enumerate(questions)
    ]  # fmt: skip
    write_documents(documents, tmp_path)
    data = exercises.load(tmp_path, source="right_answers")
    left_out = sum(count for name, count in data.facts.items() if name.startswith("questions_left_out_"))
    assert len(data.train) + len(data.test["test"]) + left_out == 312 and left_out < 32
    assert all(isinstance(read_line(e.gold), MultipleChoice) for e in data.train)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"question": "a ?", "choices": '["b", "c"]', "correct": "d"}, "the right answers are d, and the answers a, b"),
        ({"question": "a ?", "choices": "b, c", "correct": "a"}, "expected JSON"),
        ({"question": "", "choices": '["b", "c"]', "correct": "a"}, "nothing in column 'question'"),
        ({"question": "a ?", "choices": '["b", "c"]', "correct": ""}, "nothing in column 'correct'"),
    ],
)
def test_columns_that_are_no_exercise_are_an_error(tmp_path, metadata, message) -> None:
    documents = [Document(str(n), f"texte {n}", "q", "", "MIT", metadata=metadata) for n in range(5)]
    write_documents(documents, tmp_path)
    with pytest.raises(UserError, match=message):
        exercises.load(tmp_path)


def test_questions_that_cannot_be_asked_are_left_out_and_counted_by_reason(tmp_path):
    """By the dataset that writes them, and by the one that answers them; both read right answers alike."""
    rows = [
        ('["Oui", "Non"]', '["a"]'),
        ('["\u00e9t\u00e9", "e\u0301te\u0301"]', "a"),
        ('["Oui", "Non"]', "a|b"),
        ('["Oui", "Non"]', "b"),
    ]
    write_documents(
        [
            Document(
                str(n), f"Un fait {n}.", "x", "", "MIT", metadata={"question": f"{n} ?", "choices": c, "correct": r}
            )
            for n, (c, r) in enumerate(rows)
        ],
        tmp_path,
    )
    asked = multiple_choice_questions.load(tmp_path, test=tmp_path)
    assert asked.facts["questions_with_one_answer_both_right_and_wrong_left_out"] == 2 and len(asked.train) == 3
    written = exercises.load(tmp_path, test=tmp_path)
    assert {e.gold for e in written.train} == {"Q: 0 ? | + Oui | - Non", "Q: 3 ? | - Oui | + Non"}
    reasons = {name: count for name, count in written.facts.items() if name.startswith("questions_left_out_")}
    assert reasons == {"questions_left_out_repeated_answer": 2, "questions_left_out_no_distractor": 2}
