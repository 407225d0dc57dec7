"""What the heads share that read two texts at once, as the model's tokenizer joins them.

Two texts are no windows: what is too long is cut, the longer text first, and the log says of how many.
"""

import logging
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.errors import UserError
from alambic.models.padding import padded
from alambic.models.text_tokens import tokenize_pairs
from alambic.tasks.examples import Example
from alambic.tasks.head import LabelledWindow
from alambic.tasks.heads._labels import TextBatch, WholeTextHead
from alambic.tasks.windows import Window

log = logging.getLogger("alambic.tasks")

PAIRS_AT_ONCE = {"cpu": 16, "cuda": 256}


@dataclass(frozen=True)
class Pair(Window):
    """The tokens of two texts, and of which each is, where the tokenizer says so."""

    kinds: tuple[int, ...] = ()


class PairHead(WholeTextHead, ABC):
    """An answer to two texts."""

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Window]:
        """Join the two texts of each example; UserError where one has no second text."""
        for example in examples:
            if not example.second:
                raise UserError(
                    f"{example.id} is one text: {self.name} reads two, as datasets such as text_pairs give them"
                )
        texts = [(example.text, example.second) for example in examples]
        return [*join_pairs(preprocessor, texts, max_length=max_length)]

    def collator(self, preprocessor: Any) -> "PairBatch":
        """Make batches with `targets` (sequences, labels), and `token_type_ids` where the tokenizer gives any."""
        return PairBatch(preprocessor.pad_token_id)

    def logits(self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Tensor]:
        """Give the logits of each example, (labels,); the shortest pairs are read first."""
        pairs = self.encode(tokenizer, examples, max_length=max_length)
        return logits_of_pairs(model, pairs, pad_id=tokenizer.pad_token_id)

    def reads_kinds(self, model: Any, preprocessor: Any) -> bool:
        """Say so of a model that knows several kinds, such as a BERT, where its tokenizer gives them."""
        return knows_kinds(model) and "token_type_ids" in preprocessor.model_input_names

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask about two texts."""
        return Example(name, text, (), second=second.strip())


@dataclass(frozen=True)
class PairBatch(TextBatch):
    """Stack pairs with their targets."""

    def __call__(self, windows: Sequence[LabelledWindow[Window]]) -> dict[str, Tensor]:
        """Give `input_ids`, `attention_mask` (pairs, tokens), `targets` (pairs, labels), perhaps `token_type_ids`."""
        inputs = inputs_of([labelled.window for labelled in windows], self.pad_id)
        return {**inputs, "targets": torch.from_numpy(np.concatenate([labelled.targets for labelled in windows]))}


def join_pairs(tokenizer: Any, texts: Sequence[tuple[str, str]], *, max_length: int) -> list[Pair]:
    """Tokenize pairs of texts, each of at most `max_length` tokens."""
    if not texts:
        return []
    rows = tokenize_pairs(tokenizer, texts, longest=max_length)
    if cut := sum(was_cut for *_, was_cut in rows):
        log.warning("%d of %d pairs have more than %d tokens: their ends are not read", cut, len(rows), max_length)
    return [
        Pair(number, ids.tolist(), kinds=() if kinds is None else tuple(kinds.tolist()))
        for number, (ids, kinds, _) in enumerate(rows)
    ]


@torch.inference_mode()
def logits_of_pairs(model: Any, pairs: Sequence[Window], *, pad_id: int) -> list[Tensor]:
    """Give the logits of each pair, (labels,), in single precision on the CPU; the shortest are read first."""
    model.eval()
    found: dict[int, Tensor] = {}
    ordered = sorted(range(len(pairs)), key=lambda number: len(pairs[number]))
    size = PAIRS_AT_ONCE[model.device.type]
    for start in range(0, len(ordered), size):
        some = ordered[start : start + size]
        inputs = inputs_of([pairs[number] for number in some], pad_id)
        placed = {name: values.to(model.device) for name, values in inputs.items()}
        found |= zip(some, model(**readable(model, placed)).logits.float().cpu(), strict=True)
    return [found[number] for number in range(len(pairs))]


def inputs_of(pairs: Sequence[Window], pad_id: int) -> dict[str, Tensor]:
    """Stack the tokens of pairs: `input_ids`, `attention_mask`, perhaps `token_type_ids`, each (pairs, tokens)."""
    inputs = padded([pair.ids for pair in pairs], fill=pad_id)
    kinds = [pair.kinds for pair in pairs if isinstance(pair, Pair) and pair.kinds]
    return {**inputs, "token_type_ids": padded(kinds)["input_ids"]} if kinds else inputs


def readable(model: Any, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Leave out kinds of tokens where the model knows one alone, as RoBERTa does, whatever its tokenizer says."""
    return (
        inputs if knows_kinds(model) else {name: values for name, values in inputs.items() if name != "token_type_ids"}
    )


def knows_kinds(model: Any) -> bool:
    """Tell whether a model tells its first text from its second by the kinds of their tokens."""
    return (getattr(model.config, "type_vocab_size", 0) or 0) > 1
