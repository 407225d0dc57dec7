"""One label for two texts: whether one follows from the other, whether both say the same.

Both are read at once, as the model's tokenizer joins them. Two texts are no windows: what is too long is cut, the
longer text first, and the log says of how many.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification

from alambic.errors import UserError
from alambic.models.padding import padded
from alambic.models.text_tokens import tokenize_pairs
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, LabelledWindow
from alambic.tasks.heads._labels import TextBatch, WholeTextHead, one_of
from alambic.tasks.heads._usage import PlainUse
from alambic.tasks.windows import Window

log = logging.getLogger("alambic.tasks")

MODELS = ("encoder", "causal")
READS_PAIRS = True  # no corpus has them: such a task has no task distillation
PAIRS_AT_ONCE = {"cpu": 16, "cuda": 256}


@dataclass(frozen=True)
class Pair(Window):
    """The tokens of two texts, and of which each is, where the tokenizer says so."""

    kinds: tuple[int, ...] = ()


class PairClassification(WholeTextHead):
    """The likeliest label; probabilities add up to 1."""

    name = "pair_classification"
    auto_model = AutoModelForSequenceClassification
    problem_type = "single_label_classification"
    plain_use = PlainUse(
        "text-classification",
        {"function_to_apply": "softmax"},
        "the label",
        "",
        asked='{"text": first_text, "text_pair": second_text}',
    )

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Window]:
        """Join the two texts of each example; UserError where one has no second text."""
        for example in examples:
            if not example.second:
                raise UserError(f"{example.id} is one text: {self.name} reads two, as dataset text_pairs gives them")
        if not examples:
            return []
        pairs = [(example.text, example.second) for example in examples]
        rows = tokenize_pairs(preprocessor, pairs, longest=max_length)
        if cut := sum(was_cut for *_, was_cut in rows):
            log.warning("%d of %d pairs have more than %d tokens: their ends are not read", cut, len(rows), max_length)
        return [
            Pair(number, ids.tolist(), kinds=() if kinds is None else tuple(kinds.tolist()))
            for number, (ids, kinds, _) in enumerate(rows)
        ]

    def collator(self, preprocessor: Any) -> "PairBatch":
        """Make batches with `targets` (sequences, labels), and `token_type_ids` where the tokenizer gives any."""
        return PairBatch(preprocessor.pad_token_id)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean cross-entropy, and the share of pairs whose likeliest label is the likeliest target."""
        inputs = {name: values for name, values in batch.items() if name != "targets"}
        return one_of(model(**_readable(model, inputs)).logits.float(), batch["targets"])

    @torch.inference_mode()
    def logits(self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Tensor]:
        """Give the logits of each example, (labels,); the shortest pairs are read first."""
        model.eval()
        found: dict[int, Tensor] = {}
        ordered = sorted(self.encode(tokenizer, examples, max_length=max_length), key=len)
        size = PAIRS_AT_ONCE[model.device.type]
        for start in range(0, len(ordered), size):
            some = ordered[start : start + size]
            inputs = {name: values.to(model.device) for name, values in _inputs(some, tokenizer.pad_token_id).items()}
            logits = model(**_readable(model, inputs)).logits.float().cpu()
            found |= {pair.example: of_pair for pair, of_pair in zip(some, logits, strict=True)}
        return [found[number] for number in range(len(examples))]

    def answer(self, logits: Tensor) -> str:
        """Give the likeliest label."""
        return self.labels[int(logits.argmax())]

    def probabilities(self, logits: Tensor) -> Tensor:
        """Share 1 out among the labels."""
        return logits.softmax(-1)


@dataclass(frozen=True)
class PairBatch(TextBatch):
    """Stack pairs with their targets."""

    def __call__(self, windows: Sequence[LabelledWindow[Window]]) -> dict[str, Tensor]:
        """Give `input_ids`, `attention_mask` (pairs, tokens), `targets` (pairs, labels), perhaps `token_type_ids`."""
        inputs = _inputs([labelled.window for labelled in windows], self.pad_id)
        return {**inputs, "targets": torch.from_numpy(np.concatenate([labelled.targets for labelled in windows]))}


def _inputs(pairs: Sequence[Window], pad_id: int) -> dict[str, Tensor]:
    inputs = padded([pair.ids for pair in pairs], fill=pad_id)
    kinds = [pair.kinds for pair in pairs if isinstance(pair, Pair) and pair.kinds]
    return {**inputs, "token_type_ids": padded(kinds)["input_ids"]} if kinds else inputs


def _readable(model: Any, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Leave out kinds of tokens where the model knows one alone, as RoBERTa does, whatever its tokenizer says."""
    several = (getattr(model.config, "type_vocab_size", 0) or 0) > 1
    return inputs if several else {name: values for name, values in inputs.items() if name != "token_type_ids"}


def head(labels: tuple[str, ...]) -> Head[Window]:
    """Choose one of `labels`."""
    return PairClassification(labels)
