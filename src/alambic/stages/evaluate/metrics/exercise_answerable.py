"""The share of written exercises that a reader answers as their key says, from the text that they were written for.

The reader is a model that was fine-tuned to answer multiple-choice questions (`reader` of the task, such as
`student/questions/seed0`): it is given the text, then the question, with the answers to choose from, and has to give
the right ones and no other. It may err itself, and guesses right at times: compare with its score on questions that
people wrote. A reader that writes never gives an answer that is longer than it reads. An open question counts
as answered where the text has an accepted answer in it, word by word. Lines that are no exercise do not count.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.models.opening import open_config
from alambic.stages.evaluate.metrics._answer_sets import as_set
from alambic.stages.evaluate.metrics._exercises import of_some, written
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.choices import LETTERS
from alambic.tasks.examples import Example
from alambic.tasks.exercises.checks import extracted
from alambic.tasks.exercises.exercise import MultipleChoice, OpenQuestion
from alambic.tasks.head import Head, saved_head, saved_name
from alambic.tasks.heads import multiple_choice

READS = "sources"
HEADS = ("text_generation",)
READER = "multiple_choice"  # the head of the model that reads


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Ask the reader; counts are (answered as the key says, 1). UserError without a reader, or for another model."""
    exercises = written(predicted)
    asked = [
        (place, _question(example, exercise), exercise)
        for place, (exercise, example) in enumerate(zip(exercises, sources.examples, strict=True))
        if isinstance(exercise, MultipleChoice)
    ]
    answers = dict(zip((place for place, *_ in asked), _answers(sources, [each for _, each, _ in asked]), strict=True))
    values: list[float | None] = []
    for place, (exercise, example) in enumerate(zip(exercises, sources.examples, strict=True)):
        if isinstance(exercise, MultipleChoice):
            values.append(float(answers[place] == _key(exercise)))
        elif isinstance(exercise, OpenQuestion):
            values.append(float(extracted(exercise.accepted, example.text)))
        else:
            values.append(None)
    counts = of_some(values)
    return Score(
        float(combine(counts.sum(axis=0))), "exercise_answerable|grammar=1|reads=text+question|of=valid", counts
    )


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def _question(example: Example, exercise: MultipleChoice) -> Example:
    choices = tuple(zip(LETTERS, (answer.text for answer in exercise.answers), strict=False))
    return Example(example.id, f"{example.text}\n{exercise.question}", (), choices=choices)


def _key(exercise: MultipleChoice) -> set[str]:
    return {letter for letter, answer in zip(LETTERS, exercise.answers, strict=False) if answer.right}


def _answers(sources: Sources, questions: list[Example]) -> list[set[str]]:
    if sources.reader is None:
        raise UserError("exercise_answerable: no reader: give the task `reader`, a model that answers questions")
    if not questions:
        return []
    head, preprocessor, model = _opened(sources.reader)
    given = head.predict(model, preprocessor, questions, max_length=preprocessor.model_max_length)
    return [as_set(prediction.answer) for prediction in given]


@lru_cache(maxsize=1)
def _opened(reader: Path) -> tuple[Head[Any], Any, Any]:
    """Open the reader once for all seeds and test sets: its head, its preprocessor, the model."""
    if saved_name(open_config(reader)) != READER:
        raise UserError(f"exercise_answerable: {reader} does not answer multiple-choice questions")
    head = multiple_choice.head(saved_head(reader).labels)
    return head, head.open_preprocessor(reader), head.open_model(reader).to(device_of())
