"""A text that answers a text, written freely: a summary, a full wording, an exercise.

What is odd in a text or in what is to be written is remarked in its prediction, and counted by the stage `predict`.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from alambic.data.example_scores import SEQUENCE
from alambic.models.decoding import Written
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._generation import GenerationHead, text_ids, written_text
from alambic.tasks.heads._passages import Passage

MODELS = ("causal", "encoder_decoder")
EMPTY_TEXT = "empty_texts"
NOT_READ_WHOLE = "texts_longer_than_read"
TOO_LONG = "targets_longer_than_written"
NOT_WRITABLE = "targets_that_the_tokenizer_cannot_write"
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

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Write after each text, and remark what is odd: see the constants of this module."""
        predictions = super().predict(model, preprocessor, examples, max_length=max_length)
        longest = min(self.longest, self._most(max_length))
        long_texts = self.not_read_whole(preprocessor, [e.text for e in examples], longest, max_length=max_length)
        return [
            replace(prediction, remarks=self._remarks(preprocessor, example, longest, number in long_texts))
            for number, (prediction, example) in enumerate(zip(predictions, examples, strict=True))
        ]

    def _remarks(self, tokenizer: Any, example: Example, longest: int, is_long: bool) -> tuple[str, ...]:
        target = self.target(tokenizer, example)
        odd = {
            EMPTY_TEXT: not example.text.strip(),
            NOT_READ_WHOLE: is_long,
            TOO_LONG: len(target) >= longest,
            NOT_WRITABLE: bool(target) and _plain(written_text(tokenizer, target)) != _plain(str(example.gold)),
        }
        return tuple(name for name, holds in odd.items() if holds)

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for what is written after a text."""
        return Example(name, text, "")

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write {"written": text, "score": its probability, normalised by its length}."""
        assert prediction.scores is not None
        return {"written": str(prediction.answer), "score": round(float(prediction.scores[0]), 4)}


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def head(labels: Sequence[str]) -> Head[Passage]:
    """Write freely; `labels` are none."""
    return TextGeneration(tuple(labels))
