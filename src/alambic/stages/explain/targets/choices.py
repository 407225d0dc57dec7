"""An answer to a question that has several to choose from: its log-probability, by an encoder."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from alambic.stages.explain.case import Case
from alambic.stages.explain.target import Target
from alambic.stages.explain.targets._rows import ReadRows, answers_of, attended_from, pooled_places
from alambic.stages.explain.targets._two_texts import joined, pair_row
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads.multiple_choice import MultipleChoice

HEADS = ("multiple_choice",)


class Choices(ReadRows[MultipleChoice]):
    """A word of the question is hidden from every answer at once; those of an answer are words too."""

    def why_not(self, model: Any) -> str:
        """Explain encoders."""
        return "it answers by how likely it would write each answer" if self.head.by_likelihood else ""

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Put the question and its answers on lines of their own."""
        made = []
        for example, prediction in zip(examples, predictions, strict=True):
            texts = [example.text, *(text for _, text in example.choices)]
            text, words = joined(texts)
            length = self.tokenizer.model_max_length
            rows = tuple(pair_row(self.tokenizer, texts, n, words, length) for n in range(1, len(texts)))
            names = [name for name, _ in example.choices]
            for name in answers_of(prediction, most):
                made.append(Case(example, text, words, name, rows, names.index(name)))
        return made

    def scores(self, model: Any, outputs: Any, cases: Sequence[Case]) -> Tensor:
        """Take the log-probability of each case's answer: by itself, or among all."""
        of_cases = outputs.logits.float()[:, 0].split([len(case.rows) for case in cases])
        by_itself = self.head.several
        logs = [logsigmoid(scores) if by_itself else scores.log_softmax(dim=0) for scores in of_cases]
        return torch.stack([scores[case.wanted] for scores, case in zip(logs, cases, strict=True)])

    def attention(self, model: Any, outputs: Any, cases: Sequence[Case]) -> list[np.ndarray]:
        """Read it at the first token of the row of the answer; the other rows are not attended to."""
        read = attended_from(outputs, cases, pooled_places(model, cases))
        chosen = [n == case.wanted for case in cases for n in range(len(case.rows))]
        return [values * is_chosen for values, is_chosen in zip(read, chosen, strict=True)]


def target(head: Head[Any], tokenizer: Any) -> Target:
    """Explain an answer."""
    return Choices(cast(MultipleChoice, head), tokenizer)
