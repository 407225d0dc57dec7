"""An entity that a model wrote into a list: the log-probability of the token of its type and of its own.

The list that the model gave of each window is forced, as its own answer reads; an entity is that of the first window
which has all of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from alambic.stages.explain.case import Case, Row, row_of
from alambic.stages.explain.target import Target
from alambic.stages.explain.targets.tags import entity_name
from alambic.stages.explain.targets.written import Written
from alambic.tasks.examples import Example, WordSpan
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._copied_entities import parts_of
from alambic.tasks.heads._passages import Passage
from alambic.tasks.heads.entity_generation import EntityGeneration
from alambic.tasks.iob2 import from_tags
from alambic.tasks.windows import Window, cut_words

HEADS = ("entity_generation",)


class Listed(Written):
    """Sources and lists as the head makes them of an answer."""

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Take the first `most` entities of each text."""
        made = []
        for example, prediction in zip(examples, predictions, strict=True):
            rows = dict(reversed([*self._rows(replace(example, gold=prediction.answer))]))  # the first window's stays
            for entity in [each for each in from_tags(prediction.answer) if each in rows][:most]:
                name = entity_name(example, entity)
                made.append(Case(example, example.text, example.words, name, (rows[entity],)))
        return made

    def _rows(self, forced: Example) -> Iterator[tuple[WordSpan, Row]]:
        """Yield each entity of each window's list, with what is read and written there."""
        head, length = cast(EntityGeneration, self.head), self.tokenizer.model_max_length
        read = length - head._most(length) - 1 if head.causal else length
        passages = head.encode(self.tokenizer, [forced], max_length=length)
        parts = parts_of(self.tokenizer, [forced], length=read)
        windows = cut_words(self.tokenizer, [forced.text], [forced.words], max_length=read)
        for part, passage, window in zip(parts, passages, windows, strict=True):
            row, begin = self._row_of(window, passage), 0
            for entity in from_tags(forced.gold):
                if (place := part.tokens_of(entity)) is not None:
                    end = begin + 2 + place[1] - place[0]  # the type, and the entity's own tokens
                    if end <= len(passage.target):
                        yield entity, replace(row, own=tuple(range(begin, end)))
                    begin = end

    def _row_of(self, window: Window, passage: Passage) -> Row:
        """Give what is read of a window; of a causal model without special tokens, and with the list behind it."""
        row, target = row_of(window), tuple(passage.target)
        if not self.head.causal:
            return replace(row, ids=np.array(passage.source), target=target)
        assert window.tokens is not None
        of_text, after = ~window.tokens.special, np.full(1 + len(target), -1)
        first, last = (np.concatenate([places[of_text], after]) for places in (row.first, row.last))
        return Row(np.array([*passage.source, *target]), first, last, target=target)


def target(head: Head[Any], tokenizer: Any) -> Target:
    """Explain an entity."""
    return Listed(cast(EntityGeneration, head), tokenizer)
