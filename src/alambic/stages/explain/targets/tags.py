"""An entity of a text: the log-probability of its type, as the mean over its words."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from alambic.models.word_tokens import WordTokens
from alambic.stages.explain.case import Case, row_of
from alambic.stages.explain.target import Target, rows_of
from alambic.stages.explain.targets._rows import ReadRows, attended_from
from alambic.tasks.examples import Example, WordSpan
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads.token_classification import TokenClassification
from alambic.tasks.iob2 import from_tags
from alambic.tasks.windows import Window, cut_words, whole_offsets

HEADS = ("token_classification",)

Place = tuple[int, int]  # a row of a case, and a token of it


class Tags(ReadRows[TokenClassification]):
    """The type of an entity, whichever of its two tags a word has; each word at the token that tells it."""

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Take the first `most` entities of each text."""
        made = []
        for example, prediction in zip(examples, predictions, strict=True):
            windows = cut_words(
                self.tokenizer, [example.text], [example.words], max_length=self.tokenizer.model_max_length
            )
            places = places_of_words(example, windows)
            for entity in from_tags(prediction.answer)[:most]:
                if read := [places[word] for word in range(*entity[:2]) if word in places]:
                    made.append(self._case(example, windows, entity, read))
        return made

    def _case(self, example: Example, windows: Sequence[Window], entity: WordSpan, places: list[Place]) -> Case:
        _, _, label = entity
        columns = [self.head.numbers[f"{prefix}-{label}"] for prefix in "BI"]
        return Case(
            example,
            example.text,
            example.words,
            entity_name(example, entity),
            tuple(map(row_of, windows)),
            (columns, places),
        )

    def scores(self, model: Any, outputs: Any, cases: Sequence[Case]) -> Tensor:
        """Take the mean log-probability of each entity's type over its words."""
        logs = outputs.logits.float().log_softmax(dim=-1)
        scores, begin = [], 0
        for case in cases:
            columns, places = case.wanted
            rows, tokens = zip(*places, strict=True)
            of_words = logs[[begin + row for row in rows], list(tokens)][:, columns]
            scores.append(of_words.logsumexp(dim=-1).mean())
            begin += len(case.rows)
        return torch.stack(scores)

    def attention(self, model: Any, outputs: Any, cases: Sequence[Case]) -> list[np.ndarray]:
        """Read it at the entity's tokens; a row that has none of them is not attended to."""
        chosen = [[token for row, token in case.wanted[1] if row == n] for case in cases for n in range(len(case.rows))]
        read = attended_from(outputs, cases, [places or [0] for places in chosen])
        rows = rows_of(cases)
        return [
            values if places else np.zeros(len(row)) for values, places, row in zip(read, chosen, rows, strict=True)
        ]


def entity_name(example: Example, entity: WordSpan) -> str:
    """Name an entity by its type and its characters: "DISO 12-18"."""
    first, end, label = entity
    return f"{label} {example.words[first][0]}-{example.words[end - 1][1]}"


def places_of_words(example: Example, windows: Sequence[Window]) -> dict[int, Place]:
    """Find the token of each word that has one, in the window where it has more context on its poorer side."""
    offsets = whole_offsets([window.tokens for window in windows if window.tokens is not None])
    tokens = WordTokens.of(example.text, offsets, example.words).tokens
    chosen: dict[int, tuple[int, Place]] = {}  # of each token of the text its context, and where it stands
    for number, window in enumerate(windows):
        assert window.tokens is not None
        for rank, position in enumerate(np.flatnonzero(~window.tokens.special).tolist()):
            around = min(position, len(window.ids) - 1 - position)
            token = window.tokens.first + rank
            if around > chosen.get(token, (-1, (0, 0)))[0]:
                chosen[token] = (around, (number, position))
    return {word: chosen[token][1] for word, token in enumerate(tokens.tolist()) if token in chosen}


def target(head: Head[Any], tokenizer: Any) -> Target:
    """Explain an entity."""
    return Tags(cast(TokenClassification, head), tokenizer)
