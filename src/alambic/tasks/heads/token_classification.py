"""One tag for each word of a text: entities in IOB2."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForTokenClassification

from alambic.models.padding import padded
from alambic.tasks.examples import Answer, Example
from alambic.tasks.head import Head, LabelledWindow, Prediction
from alambic.tasks.heads._labels import LabelHead, logits_of, one_of
from alambic.tasks.iob2 import Span, from_tags, repair, to_tags, without
from alambic.tasks.perturb.edits import Perturbed
from alambic.tasks.window_logits import window_logits
from alambic.tasks.windows import Window, cut_words
from alambic.tasks.words import word_offsets

MODELS = ("encoder", "causal")


class TokenClassification(LabelHead):
    """The likeliest tag of each word, from its first token; tags are repaired to be well-formed."""

    name = "token_classification"
    auto_model = AutoModelForTokenClassification

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Window]:
        """Cut texts into overlapping windows, each word tokenized by itself."""
        texts = [[example.text[start:end] for start, end in example.words] for example in examples]
        return cut_words(preprocessor, texts, max_length=max_length)

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give 1 to the tag of each word and 0 to the others, (words, labels)."""
        targets = np.zeros((len(example.gold), len(self.labels)), np.float32)
        for row, tag in enumerate(example.gold):
            targets[row, self.numbers[tag]] = 1
        return targets

    def label(self, window: Window, targets: np.ndarray) -> LabelledWindow[Window]:
        """Take the rows of the words that begin in the window, and number its words by these rows."""
        words = np.asarray(window.words)
        begins = words >= 0
        rows = np.full(len(words), -1)
        rows[begins] = np.arange(begins.sum())
        return LabelledWindow(replace(window, words=rows.tolist()), targets[words[begins]])

    def collator(self, preprocessor: Any) -> "TagBatch":
        """Make batches with `targets` (sequences, tokens, labels)."""
        return TagBatch(preprocessor.pad_token_id)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean over sequences of the mean cross-entropy of their words, and the share of right tags."""
        return one_of(logits_of(model, batch), batch["targets"])

    def logits(self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Tensor]:
        """Give the logits of each example's words, (words, labels).

        A word in two windows is read where it has more context on its poorer side; a word that makes no token has NaN.
        """
        windows = self.encode(tokenizer, examples, max_length=max_length)
        read = window_logits(model, windows, examples=len(examples), pad_id=tokenizer.pad_token_id)
        sizes = [len(example.words) for example in examples]
        return [_of_words(parts, words, len(self.labels)) for parts, words in zip(read, sizes, strict=True)]

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Tag each word; scores are (words, labels). A word that was not read is outside of any entity."""
        return [
            Prediction(self.answer(logits), logits.softmax(-1).nan_to_num().numpy())
            for logits in self.logits(model, preprocessor, examples, max_length=max_length)
        ]

    def answer(self, logits: Tensor) -> tuple[str, ...]:
        """Give the likeliest tag of each word from logits (words, labels); the first where they are NaN."""
        return repair([self.labels[number] for number in logits.nan_to_num().argmax(1).tolist()])

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Leave out entities that have an ignored word."""
        return without(answer, example.ignored) if example.ignored else answer

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the text; its tags follow the words that they stand on."""
        places, old, words = perturbed.places, example.words, word_offsets(perturbed.text)
        spans = [Span(places[old[a][0]], places[old[b - 1][1]], label) for a, b, label in from_tags(example.gold)]
        passed_over = [(places[old[word][0]], places[old[word][1]]) for word in example.ignored]
        ignored = {n for n, (start, end) in enumerate(words) if any(start < b and end > a for a, b in passed_over)}
        tags = to_tags(words, spans)
        return replace(example, text=perturbed.text, words=words, gold=tags, ignored=frozenset(ignored))


def head(labels: tuple[str, ...]) -> Head[Window]:
    """Choose one of the tags `labels` for each word, "O" first."""
    return TokenClassification(labels)


@dataclass(frozen=True)
class TagBatch:
    """Stack windows with the targets of their words."""

    pad_id: int

    def __call__(self, windows: Sequence[LabelledWindow[Window]]) -> dict[str, Tensor]:
        """Give `input_ids` and `attention_mask` (sequences, tokens), and `targets` (sequences, tokens, labels).

        Only the first token of a word has targets, the others have zeros.
        """
        batch = padded([labelled.window.ids for labelled in windows], fill=self.pad_id)
        targets = np.zeros((*batch["input_ids"].shape, windows[0].targets.shape[1]), np.float32)
        for row, labelled in enumerate(windows):
            words = np.asarray(labelled.window.words)
            targets[row, : len(words)][words >= 0] = labelled.targets[words[words >= 0]]
        return {**batch, "targets": torch.from_numpy(targets)}


def _of_words(parts: Sequence[tuple[Window, Tensor]], words: int, labels: int) -> Tensor:
    chosen, context = torch.full((words, labels), torch.nan), torch.full((words,), -1)
    for window, logits in parts:
        rows = torch.tensor(window.words)
        positions = (rows >= 0).nonzero().squeeze(1)
        around = torch.minimum(positions, len(window.ids) - 1 - positions)
        better = around > context[rows[positions]]
        numbers = rows[positions[better]]
        chosen[numbers], context[numbers] = logits[positions[better]], around[better]
    return chosen
