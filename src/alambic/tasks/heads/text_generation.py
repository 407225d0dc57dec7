"""A text that answers a text, written freely: a summary, a full wording, an exercise."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from alambic.data.example_scores import SEQUENCE
from alambic.models.decoding import Written
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._generation import GenerationHead, text_ids, written_text
from alambic.tasks.heads._passages import Passage

MODELS = ("causal", "encoder_decoder")
SOFT_TARGETS = False  # no task distillation: a teacher of texts is learnt from by what it writes


class TextGeneration(GenerationHead):
    """The likeliest token each time; the score is the length-normalised probability of what was written."""

    name = "text_generation"
    decoding = "text=greedy"
    beams = 1

    def target(self, tokenizer: Any, example: Example) -> list[int]:
        """Give the tokens of the right text; none of a text whose answer is not known."""
        return text_ids(tokenizer, example.gold) if isinstance(example.gold, str) else []

    def answered(self, tokenizer: Any, written: Written) -> Prediction:
        """Give the text, which may be empty."""
        text = written_text(tokenizer, written.ids)
        score = np.array([np.exp(written.score)], np.float32)
        return Prediction(text, score, scored=(SEQUENCE,), ended=written.ended)

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for what is written after a text."""
        return Example(name, text, "")

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write {"written": text, "score": its probability, normalised by its length}."""
        assert prediction.scores is not None
        return {"written": str(prediction.answer), "score": round(float(prediction.scores[0]), 4)}


def head(labels: Sequence[str]) -> Head[Passage]:
    """Write freely; `labels` are none."""
    return TextGeneration(tuple(labels))
