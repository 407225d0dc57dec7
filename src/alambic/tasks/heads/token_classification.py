"""One tag for each word of a text: entities in IOB2.

A model tags tokens of running text. Those of a word are tagged as the word is, B for the first of an entity and I for
its others, so that `transformers.pipeline(..., aggregation_strategy="simple")` finds the entities that this head does.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForTokenClassification

from alambic.models.padding import padded
from alambic.models.word_tokens import WordTokens
from alambic.tasks.examples import Answer, Example
from alambic.tasks.flat_entities import on_words
from alambic.tasks.head import Head, LabelledWindow, Prediction
from alambic.tasks.heads._labels import LabelHead, logits_of, one_of
from alambic.tasks.heads._token_tags import TagRules
from alambic.tasks.heads._usage import PlainUse
from alambic.tasks.iob2 import Span, from_tags, repair, to_tags, without
from alambic.tasks.perturb.edits import Perturbed
from alambic.tasks.window_logits import window_logits
from alambic.tasks.windows import Window, cut_words, whole_offsets
from alambic.tasks.words import word_offsets

MODELS = ("encoder", "causal")

log = logging.getLogger("alambic.tasks")


class TokenClassification(LabelHead):
    """The likeliest tag of each token; neighbours of one entity are joined, and the words that it touches are its."""

    name = "token_classification"
    decoding = "tokens=likeliest_tag|windows=most_context|entities=simple_of_tokens|spans=whole_touched_words"
    auto_model = AutoModelForTokenClassification
    plain_use = PlainUse(
        "token-classification",
        {"aggregation_strategy": "simple"},
        "the entities, each with the whole words that it touches (`\\w+`, or one other sign)",
        "each token in the window where it has more context",
        then=(
            r'words = [word.span() for word in re.finditer(r"\w+|[^\w\s]", text)]',
            "for entity in answer:  # whole words; of two entities that meet in one, the first keeps it",
            '    touched = [(a, b) for a, b in words if a < entity["end"] and b > entity["start"]]',
            "    if touched:",
            '        entity["start"], entity["end"] = touched[0][0], touched[-1][1]',
        ),
    )

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(labels)
        self.rules = TagRules.of(labels)

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Window]:
        """Cut running texts into overlapping windows, and find their words among the tokens."""
        words = [example.words for example in examples]
        windows = cut_words(preprocessor, [example.text for example in examples], words, max_length=max_length)
        covered = [window.covered for window in windows if window.covered is not None]
        several = sum(int((some.last > some.first).sum()) for some in covered)
        if several:
            total = sum(len(some.first) for some in covered)
            log.info("%d of %d tokens stand for several words, which have one tag together", several, total)
        return windows

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give 1 to the tag of each word and 0 to the others, (words, labels)."""
        targets = np.zeros((len(example.gold), len(self.labels)), np.float32)
        for row, tag in enumerate(example.gold):
            targets[row, self.numbers[tag]] = 1
        return targets

    def label(self, window: Window, targets: np.ndarray) -> LabelledWindow[Window]:
        """Give each token of the window the targets of its word, and none to special tokens: (tokens, labels)."""
        assert window.tokens is not None and window.covered is not None
        of_tokens = np.zeros((len(window.ids), len(self.labels)), targets.dtype)
        of_tokens[~window.tokens.special] = self.rules.of_tokens(window.covered, targets)
        return LabelledWindow(window, of_tokens)

    def collator(self, preprocessor: Any) -> "TagBatch":
        """Make batches with `targets` (sequences, tokens, labels)."""
        return TagBatch(preprocessor.pad_token_id)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean over sequences of the mean cross-entropy of their tokens, and the share of right tags."""
        return one_of(logits_of(model, batch), batch["targets"])

    def logits(self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Tensor]:
        """Give the logits of each example's words, (words, labels): of a word those of its token, NaN where none is.

        A token in two windows is read where it has more context on its poorer side.
        """
        read = self._read(model, tokenizer, examples, max_length=max_length)
        return [_of_words(tokens, words) for tokens, _, words in read]

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Tag each word; scores are (words, labels), those of its token. A word without one is outside of any entity.

        The answer is that of all tokens, as `_answer` joins them.
        """
        predictions = []
        read = self._read(model, preprocessor, examples, max_length=max_length)
        for example, (logits, offsets, words) in zip(examples, read, strict=True):
            scores = _of_words(logits, words).softmax(-1).nan_to_num().numpy()
            predictions.append(Prediction(self._answer(logits, offsets, example), scores))
        return predictions

    def _answer(self, logits: Tensor, offsets: np.ndarray, example: Example) -> tuple[str, ...]:
        """Join tokens into entities, as transformers does by its strategy "simple"; tag the words that these touch."""
        tags = repair([self.labels[number] for number in logits.argmax(1).tolist()])
        entities = from_tags(tags)
        spans = [Span(int(offsets[first, 0]), int(offsets[end - 1, 1]), label) for first, end, label in entities]
        return to_tags(example.words, spans)

    def _read(
        self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[tuple[Tensor, np.ndarray, WordTokens]]:
        """Give the logits (tokens, labels) and offsets (tokens, 2) of each text's tokens, and its words among them."""
        windows = self.encode(tokenizer, examples, max_length=max_length)
        read = window_logits(model, windows, examples=len(examples), pad_id=tokenizer.pad_token_id)
        found = []
        for parts, example in zip(read, examples, strict=True):
            offsets = whole_offsets([window.tokens for window, _ in parts if window.tokens is not None])
            logits = _of_tokens(parts, len(offsets), len(self.labels))
            found.append((logits, offsets, WordTokens.of(example.text, offsets, example.words)))
        return found

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Leave out entities that have an ignored word."""
        return without(answer, example.ignored) if example.ignored else answer

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for the entities of a text."""
        words = word_offsets(text)
        return Example(name, text, ("O",) * len(words), words)

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the entities; the score of one is the mean probability of its label over its words."""
        assert prediction.scores is not None
        entities = []
        for first, end, label in from_tags(prediction.answer):
            columns = [self.numbers[f"{prefix}-{label}"] for prefix in "BI"]
            score = float(prediction.scores[first:end, columns].sum(axis=1).mean())
            start, stop = example.words[first][0], example.words[end - 1][1]
            span = {"start": start, "end": stop, "label": label, "score": round(score, 4)}
            entities.append({**span, "text": example.text[start:stop]})
        return {"entities": entities}

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the text; its tags follow the words that they stand on."""
        places, old, words = perturbed.places, example.words, word_offsets(perturbed.text)
        spans = [Span(places[old[a][0]], places[old[b - 1][1]], label) for a, b, label in from_tags(example.gold)]
        passed_over = [(places[old[word][0]], places[old[word][1]]) for word in example.ignored]
        ignored = {n for n, (start, end) in enumerate(words) if any(start < b and end > a for a, b in passed_over)}
        tags = to_tags(words, spans)
        nested = None
        if example.spans is not None:
            moved = [Span(places[old[a][0]], places[old[b - 1][1]], label) for a, b, label in example.spans]
            nested = on_words(words, moved)
        ignores = frozenset(ignored)
        return replace(example, text=perturbed.text, words=words, gold=tags, ignored=ignores, spans=nested)


def head(labels: tuple[str, ...]) -> Head[Window]:
    """Choose one of the tags `labels` for each word, "O" first."""
    return TokenClassification(labels)


@dataclass(frozen=True)
class TagBatch:
    """Stack windows with the targets of their tokens."""

    pad_id: int

    def __call__(self, windows: Sequence[LabelledWindow[Window]]) -> dict[str, Tensor]:
        """Give `input_ids` and `attention_mask` (sequences, tokens), and `targets` (sequences, tokens, labels).

        Special tokens have zeros.
        """
        batch = padded([labelled.window.ids for labelled in windows], fill=self.pad_id)
        targets = np.zeros((*batch["input_ids"].shape, windows[0].targets.shape[1]), np.float32)
        for row, labelled in enumerate(windows):
            targets[row, : len(labelled.targets)] = labelled.targets
        return {**batch, "targets": torch.from_numpy(targets)}


def _of_tokens(parts: Sequence[tuple[Window, Tensor]], size: int, labels: int) -> Tensor:
    """Put the logits of windows together: (tokens of the text, labels)."""
    chosen, context = torch.zeros(size, labels), torch.full((size,), -1)
    for window, logits in parts:
        assert window.tokens is not None
        positions = torch.from_numpy(np.flatnonzero(~window.tokens.special))
        numbers = window.tokens.first + torch.arange(len(positions))
        around = torch.minimum(positions, len(window.ids) - 1 - positions)
        better = around > context[numbers]
        numbers = numbers[better]
        chosen[numbers], context[numbers] = logits[positions[better]], around[better]
    return chosen


def _of_words(logits: Tensor, words: WordTokens) -> Tensor:
    """Take the logits of the token of each word: (words, labels), NaN for a word without one."""
    tokens = torch.from_numpy(words.tokens)
    chosen = torch.full((len(tokens), logits.shape[1]), torch.nan)
    chosen[tokens >= 0] = logits[tokens[tokens >= 0]]
    return chosen
