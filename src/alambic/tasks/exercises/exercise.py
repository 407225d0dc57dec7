"""What an exercise is: a question with answers to choose from, or an open question with what answers it."""

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alambic.tasks.choices import appearance

MOST_ANSWERS = 10  # Moodle knows the share of a mark that one of up to ten answers is worth
NO_CHARACTERS = ("\ufffe", "\uffff")  # no XML may hold them


def one_line(text: str) -> str:
    """Put a text on one line, with one space where it has white space: " a\\n b" -> "a b"."""
    return " ".join(text.split())


def printable_line(text: str) -> str:
    """Put a name on one line without what is no character of a text, which no file for Moodle may hold."""
    return one_line("".join(" " if _is_strange(sign) else sign for sign in text))


def _is_strange(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs") or sign in NO_CHARACTERS


def _checked(text: str) -> str:
    if text != one_line(text):
        raise ValueError(f"{text[:60]!r}: expected one line, without white space at its ends or doubled")
    if text and not appearance(text):
        raise ValueError(f"{text[:60]!r}: nothing of it is seen")
    if strange := [sign for sign in text if _is_strange(sign)]:
        raise ValueError(f"{text[:60]!r}: U+{ord(strange[0]):04X} is no character of a text")
    return text


Line = Annotated[str, Field(min_length=1), AfterValidator(_checked)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Answer(_Strict):
    """One of the answers to choose from."""

    text: Line
    right: bool


class MultipleChoice(_Strict):
    """A question with answers to choose from, of which one or several are right: FrenchMedMCQA's form."""

    kind: Literal["multiple_choice"] = "multiple_choice"
    question: Line
    answers: tuple[Answer, ...] = Field(min_length=2, max_length=MOST_ANSWERS)

    @model_validator(mode="after")
    def check_answers(self) -> "MultipleChoice":
        """Refuse answers of which none is right, or none wrong, or two the same."""
        if not self.right or not self.distractors:
            raise ValueError("expected at least one right answer, and at least one wrong one")
        _check_distinct([answer.text for answer in self.answers])
        return self

    @property
    def right(self) -> tuple[str, ...]:
        """The right answers, in their order."""
        return tuple(answer.text for answer in self.answers if answer.right)

    @property
    def distractors(self) -> tuple[str, ...]:
        """The wrong ones."""
        return tuple(answer.text for answer in self.answers if not answer.right)


class OpenQuestion(_Strict):
    """A question that a person answers in words of their own; each of `accepted` answers it."""

    kind: Literal["open"] = "open"
    question: Line
    accepted: tuple[Line, ...] = Field(min_length=1, max_length=MOST_ANSWERS)

    @model_validator(mode="after")
    def check_accepted(self) -> "OpenQuestion":
        """Refuse the same answer twice."""
        _check_distinct(self.accepted)
        return self


def _check_distinct(texts: Sequence[str]) -> None:
    if len({appearance(text) for text in texts}) < len(texts):
        raise ValueError("two answers are the same")


Exercise = MultipleChoice | OpenQuestion


def multiple_choice(question: str, choices: Sequence[tuple[str, bool]]) -> MultipleChoice:
    """Make one of texts as data have them, with whether each is right; white space becomes one space."""
    answers = tuple(Answer(text=one_line(text), right=right) for text, right in choices)
    return MultipleChoice(question=one_line(question), answers=answers)


def open_question(question: str, accepted: Sequence[str]) -> OpenQuestion:
    """Make one of texts as data have them."""
    return OpenQuestion(question=one_line(question), accepted=tuple(map(one_line, accepted)))
