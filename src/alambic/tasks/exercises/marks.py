"""What an answer is worth in Moodle, and what a person may type there: rules that both of its formats share."""

from alambic.tasks.exercises.exercise import MultipleChoice, OpenQuestion

LONGEST_TYPED = 60  # characters of an answer that a person can be asked to type as it is


def shares(exercise: MultipleChoice) -> list[str]:
    """Give the share of the mark, in percent, of each answer.

    One right answer: 100, and 0 for the others. Of several right ones each has its part, and wrong ones take theirs
    away, so that who ticks all has nothing. Moodle knows these shares to five decimals, and refuses others.
    """
    right, wrong = len(exercise.right), len(exercise.distractors)
    if right == 1:
        return ["100" if answer.right else "0" for answer in exercise.answers]
    return [_percent(1 / right) if answer.right else _percent(-1 / wrong) for answer in exercise.answers]


def _percent(share: float) -> str:
    return f"{100 * share:.5f}".rstrip("0").rstrip(".")


def is_typed(exercise: OpenQuestion) -> bool:
    """Tell whether Moodle can compare what a person types; a longer answer is an essay that a teacher reads.

    GIFT takes an answer with `->` for a pair to be matched: it is an essay too.
    """
    return all(len(text) <= LONGEST_TYPED and "->" not in text for text in exercise.accepted)


def as_pattern(text: str) -> str:
    """Write an answer that is compared: an asterisk would stand for anything, `\\*` is one."""
    return text.replace("*", "\\*")


def as_model_answer(exercise: OpenQuestion) -> str:
    """Write what a teacher compares an essay with."""
    return " / ".join(exercise.accepted)
