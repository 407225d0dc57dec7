"""What a model wrote of a text: the log-probability of the tokens of a code, a label, an entity or a whole text.

The output that the model gave is forced: each token is scored behind those that were written before it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from torch import Tensor

from alambic.models.padding import padded
from alambic.models.text_tokens import tokenize
from alambic.models.word_tokens import WordTokens
from alambic.stages.explain.case import Case, Row, WordPlaces, row_of
from alambic.stages.explain.target import Target, rows_of
from alambic.stages.explain.targets._rows import ReadRows
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, LabelledWindow, Prediction
from alambic.tasks.heads._generation import OPENS, WritingHead, end_of
from alambic.tasks.heads._passages import Passage, SourceTargetBatch
from alambic.tasks.heads.code_generation import tokens_of
from alambic.tasks.heads.label_generation import token_of
from alambic.tasks.windows import cut_words
from alambic.tasks.words import word_offsets

HEADS = ("code_generation", "label_generation", "text_generation")


class Written(ReadRows[WritingHead]):
    """The sum of the log-probabilities of the tokens that say the answer, of all that the model could write."""

    def cases(
        self, model: Any, examples: Sequence[Example], predictions: Sequence[Prediction], *, most: int
    ) -> list[Case]:
        """Take the first `most` codes or labels of each text, or the text that was written."""
        forced = [
            replace(example, gold=prediction.answer, standard=prediction.written)
            for example, prediction in zip(examples, predictions, strict=True)
        ]
        length = self.tokenizer.model_max_length
        passages: list[Passage] = cast(Any, self.head).encode(self.tokenizer, forced, max_length=length)
        made = []
        for example, given, passage in zip(examples, forced, passages, strict=True):
            words = word_offsets(example.text)
            row = self._row(example.text, words, passage)
            for name, own in self._targets(given, passage)[:most]:
                made.append(Case(example, example.text, words, name, (replace(row, own=own),)))
        return made

    def _row(self, text: str, words: WordPlaces, passage: Passage) -> Row:
        """Find the words of a text among the tokens of what is read; of a causal model the target follows them."""
        target = tuple(passage.target)
        if not self.head.causal:
            window, *_ = cut_words(self.tokenizer, [text], [words], max_length=self.tokenizer.model_max_length)
            if len(window.ids) != len(passage.source):  # of an empty text, a token that ends it
                nothing = np.full(len(passage.source), -1)
                return Row(np.array(passage.source), nothing, nothing, target=target)
            return replace(row_of(window), target=target)
        (tokens,) = tokenize(self.tokenizer, [text])
        covered = WordTokens.of(text, tokens.offsets, words).part(0, len(passage.source) - 1)
        after = np.full(1 + len(target), -1)
        first, last = (np.concatenate([places, after]) for places in (covered.first, covered.last))
        return Row(np.array([*passage.source, *target]), first, last, target=target)

    def _targets(self, example: Example, passage: Passage) -> list[tuple[str, tuple[int, ...]]]:
        """Name what was written, and give the places of its tokens among those of the target."""
        if self.head.name == "text_generation":
            end = len(passage.target) - (passage.target[-1:] == [end_of(self.tokenizer)])
            return [(str(example.gold), tuple(range(end)))] if end else []
        answers = (example.gold,) if isinstance(example.gold, str) else example.gold
        found, begin = [], 0
        if self.head.name == "code_generation":
            begin = passage.target.index(self.tokenizer.convert_tokens_to_ids(OPENS)) + 1
        else:
            answers = tuple(sorted(answers, key=self.head.numbers.__getitem__))
        for answer in answers:
            size = len(tokens_of(answer)) if self.head.name == "code_generation" else len([token_of(answer)])
            places = tuple(range(begin, min(begin + size, len(passage.target))))
            begin += size
            if len(places) == size:
                found.append((answer, places))
        return found

    def forward(self, model: Any, cases: Sequence[Case], **options: Any) -> Any:
        """Read texts and what was written of them."""
        pad = self.tokenizer.pad_token_id
        if self.head.causal:
            return model(**padded([row.ids for row in rows_of(cases)], fill=pad, device=model.device), **options)
        assert self.head.start is not None
        nothing = np.zeros((1, 0), np.float32)
        windows = [
            LabelledWindow(Passage(n, row.ids.tolist(), list(row.target)), nothing)
            for n, row in enumerate(rows_of(cases))
        ]
        batch = SourceTargetBatch(pad, self.head.start)(windows)
        return model(**{name: values.to(model.device) for name, values in batch.items() if name != "labels"}, **options)

    def scores(self, model: Any, outputs: Any, cases: Sequence[Case]) -> Tensor:
        """Sum the log-probabilities of each answer's tokens."""
        rows = rows_of(cases)
        places = padded([self._steps(row) for row in rows], device=outputs.logits.device)
        tokens = padded([[row.target[place] for place in row.own] for row in rows], device=outputs.logits.device)
        steps = outputs.logits.gather(
            1, places["input_ids"][:, :, None].expand(-1, -1, outputs.logits.shape[-1])
        ).float()
        logs = steps.log_softmax(dim=-1).gather(-1, tokens["input_ids"][:, :, None])[:, :, 0]
        total: Tensor = (logs * tokens["attention_mask"]).sum(dim=1)
        return total

    def _steps(self, row: Row) -> list[int]:
        """Give the places of the states from which the answer's tokens were written."""
        before = len(row.ids) - len(row.target) - 1 if self.head.causal else 0
        return [before + place for place in row.own]

    def attention(self, model: Any, outputs: Any, cases: Sequence[Case]) -> list[np.ndarray]:
        """Read it where the answer's tokens were written: of an encoder-decoder model, in the cross-attention."""
        layers = outputs.attentions if self.head.causal else outputs.cross_attentions
        last = layers[-1].float().mean(dim=1).cpu()  # (rows, from, to)
        return [
            last[number, self._steps(row), : len(row)].mean(dim=0).numpy() for number, row in enumerate(rows_of(cases))
        ]


def target(head: Head[Any], tokenizer: Any) -> Target:
    """Explain what was written."""
    return Written(cast(WritingHead, head), tokenizer)
