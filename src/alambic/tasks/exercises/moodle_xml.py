"""Exercises in Moodle's XML format, which its question bank imports.

The format: https://docs.moodle.org/en/Moodle_XML_format. Texts are plain: a sign such as < is shown as it is.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from alambic.tasks.exercises.exercise import Exercise, MultipleChoice, OpenQuestion
from alambic.tasks.exercises.marks import as_model_answer, as_pattern, is_typed, shares

PLAIN = {"format": "plain_text"}


def write_moodle_xml(exercises: Sequence[tuple[str, Exercise]], *, category: str = "") -> str:
    """Write a file of named exercises, which go into `category` where one is given."""
    quiz = Element("quiz")
    if category:
        _text(SubElement(_question(quiz, "category"), "category"), f"$course$/top/{category.replace('/', '//')}")
    for name, exercise in exercises:
        if isinstance(exercise, MultipleChoice):
            _multiple_choice(quiz, name, exercise)
        else:
            _open(quiz, name, exercise)
    indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(quiz, encoding="unicode") + "\n"


def _multiple_choice(quiz: Element, name: str, exercise: MultipleChoice) -> None:
    question = _question(quiz, "multichoice", name, exercise.question)
    SubElement(question, "single").text = "true" if len(exercise.right) == 1 else "false"
    SubElement(question, "shuffleanswers").text = "true"
    SubElement(question, "answernumbering").text = "abc"
    for answer, share in zip(exercise.answers, shares(exercise), strict=True):
        _answer(question, answer.text, share)


def _open(quiz: Element, name: str, exercise: OpenQuestion) -> None:
    if not is_typed(exercise):
        essay = _question(quiz, "essay", name, exercise.question)
        _text(SubElement(essay, "graderinfo", PLAIN), as_model_answer(exercise))
        SubElement(essay, "responseformat").text = "plain"
        return
    question = _question(quiz, "shortanswer", name, exercise.question)
    SubElement(question, "usecase").text = "0"  # capitals do not count
    for text in exercise.accepted:
        _answer(question, as_pattern(text), "100")


def _question(quiz: Element, kind: str, name: str = "", text: str = "") -> Element:
    question = SubElement(quiz, "question", {"type": kind})
    if name:
        _text(SubElement(question, "name"), name)
        _text(SubElement(question, "questiontext", PLAIN), text)
        SubElement(question, "defaultgrade").text = "1"
    return question


def _answer(question: Element, text: str, share: str) -> None:
    _text(SubElement(question, "answer", {"fraction": share, **PLAIN}), text)


def _text(parent: Element, text: str) -> None:
    SubElement(parent, "text").text = text
