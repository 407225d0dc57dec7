"""A label of a whole text or of two, or the number of two: the mean of the logits of the rows."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from torch import Tensor

from alambic.stages.explain.case import Case, row_of
from alambic.stages.explain.target import Target
from alambic.stages.explain.targets._rows import (
    SMALLEST,
    ReadRows,
    answers_of,
    attended_from,
    mean_of_rows,
    pooled_places,
)
from alambic.stages.explain.targets._two_texts import joined, pair_row
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._labels import WholeTextHead
from alambic.tasks.windows import cut_words
from alambic.tasks.words import word_offsets

HEADS = ("sequence_classification", "multilabel_classification", "pair_classification", "sentence_similarity")
NUMBER = "sentence_similarity"


class WholeTexts(ReadRows[WholeTextHead]):
    """The log-probability of a label, or the number itself."""

    def __init__(self, head: WholeTextHead, tokenizer: Any) -> None:
        super().__init__(head, tokenizer)
        self.is_log = head.name != NUMBER

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Cut texts into their windows; two texts are one, on two lines."""
        made = []
        for example, prediction in zip(examples, predictions, strict=True):
            whole = self._read(example)
            for label in answers_of(prediction, most) if self.is_log else self.head.labels[:1]:
                made.append(Case(example, *whole[:2], label, whole[2], self.head.numbers[label]))
        return made

    def _read(self, example: Example) -> tuple[str, tuple[tuple[int, int], ...], tuple[Any, ...]]:
        length = self.tokenizer.model_max_length
        if example.second:
            text, words = joined([example.text, example.second])
            return text, words, (pair_row(self.tokenizer, [example.text, example.second], 1, words, length),)
        words = word_offsets(example.text)
        windows = cut_words(self.tokenizer, [example.text], [words], max_length=length)
        return example.text, words, tuple(map(row_of, windows))

    def scores(self, model: Any, outputs: Any, cases: Sequence[Case]) -> Tensor:
        """Take the log-probability of each case's label."""
        given = self.head.probabilities(mean_of_rows(outputs.logits.float(), cases))
        chosen = given[range(len(cases)), [case.wanted for case in cases]]
        return chosen.clamp(min=SMALLEST).log() if self.is_log else chosen

    def attention(self, model: Any, outputs: Any, cases: Sequence[Case]) -> list[np.ndarray]:
        """Read it at the token from whose state the model answers."""
        return attended_from(outputs, cases, pooled_places(model, cases))


def target(head: Head[Any], tokenizer: Any) -> Target:
    """Explain a label."""
    return WholeTexts(cast(WholeTextHead, head), tokenizer)
