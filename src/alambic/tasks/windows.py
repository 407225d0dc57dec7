"""Texts cut into overlapping windows of tokens, and what a model says of them put together again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

from alambic.models.padding import padded
from alambic.tasks.examples import Answer, Example, Kind
from alambic.tasks.iob2 import repair

OVERLAP = 4  # a quarter of a window is also in the next one: what is at an edge here has context there
TEXTS_AT_ONCE = {"cpu": 16, "cuda": 256}

# What opens a model of each kind of prediction.
HEADS: dict[Kind, Any] = {
    "label": AutoModelForSequenceClassification,
    "labels": AutoModelForSequenceClassification,
    "spans": AutoModelForTokenClassification,
}


def kind_of(config: Any) -> Kind | None:
    """Tell what a model predicts from its configuration; None where that is nothing of these."""
    architecture = (config.architectures or [""])[0]
    if architecture.endswith("ForTokenClassification"):
        return "spans"
    if architecture.endswith("ForSequenceClassification"):
        return "labels" if config.problem_type == "multi_label_classification" else "label"
    return None


@dataclass(frozen=True)
class Window:
    """Some consecutive tokens of one example."""

    example: int
    ids: list[int]
    words: list[int]  # for spans: the word that begins at each token, or -1


def cut(tokenizer: Any, examples: Sequence[Example], *, kind: Kind, max_length: int) -> list[Window]:
    """Tokenize `examples` into windows of at most `max_length` tokens, special ones included.

    For spans each word is tokenized by itself, so that no token crosses the end of a word.
    """
    if kind != "spans":
        texts: list[Any] = [example.text for example in examples]
    else:
        texts = [[example.text[start:end] for start, end in example.words] for example in examples]
    windows = []
    for number, text in enumerate(texts):
        encoded = tokenizer(
            text,
            is_split_into_words=kind == "spans",
            truncation=True,
            max_length=max_length,
            stride=max_length // OVERLAP,
            return_overflowing_tokens=True,
        )
        for place, ids in enumerate(encoded["input_ids"]):
            words = _first_tokens(encoded.word_ids(place)) if kind == "spans" else []
            windows.append(Window(number, list(ids), words))
    return windows


def _first_tokens(words: Sequence[int | None]) -> list[int]:
    before = [None, *words[:-1]]
    return [-1 if word is None or word == last else word for word, last in zip(words, before, strict=True)]


def predict(model: Any, tokenizer: Any, examples: Sequence[Example], *, kind: Kind, max_length: int) -> list[Answer]:
    """Give the model's answer to each example, tags repaired.

    Of several labels, those above one half; the likeliest where none is.
    """
    names = model.config.id2label
    said = read(model, tokenizer, examples, kind=kind, max_length=max_length)
    if kind == "labels":
        return [_labels(logits, names) for logits in said]
    if kind == "label":
        return [names[int(logits.argmax())] for logits in said]
    # A word that was not read has no logits: outside of any entity, the first tag.
    return [repair([names[number] for number in logits.nan_to_num().argmax(1).tolist()]) for logits in said]


@torch.inference_mode()
def read(model: Any, tokenizer: Any, examples: Sequence[Example], *, kind: Kind, max_length: int) -> list[Tensor]:
    """Give what the model says of each example: logits (labels,), the mean of its windows', or (words, labels).

    A word in two windows is read where it has more context on its poorer side; a word that makes no token has NaN.
    """
    windows = cut(tokenizer, examples, kind=kind, max_length=max_length)
    said: list[list[tuple[Window, Tensor]]] = [[] for _ in examples]
    for window, logits in _logits(model.eval(), windows, pad_id=tokenizer.pad_token_id):
        said[window.example].append((window, logits))
    if kind != "spans":
        return [torch.stack([logits for _, logits in parts]).mean(dim=0) for parts in said]
    labels = model.config.num_labels
    return [_of_words(parts, len(e.words), labels) for parts, e in zip(said, examples, strict=True)]


def _logits(model: Any, windows: Sequence[Window], *, pad_id: int) -> Iterator[tuple[Window, Tensor]]:
    ordered = sorted(windows, key=lambda window: len(window.ids))
    size = TEXTS_AT_ONCE[model.device.type]
    for start in range(0, len(ordered), size):
        batch = ordered[start : start + size]
        inputs = padded([window.ids for window in batch], fill=pad_id, device=model.device)
        yield from zip(batch, model(**inputs).logits.float().cpu(), strict=True)


def _labels(logits: Tensor, names: dict[int, str]) -> tuple[str, ...]:
    given = {int(number) for number in (logits > 0).nonzero()} or {int(logits.argmax())}
    return tuple(sorted(names[number] for number in given))


def _of_words(parts: Sequence[tuple[Window, Tensor]], words: int, labels: int) -> Tensor:
    found, context = torch.full((words, labels), torch.nan), torch.full((words,), -1)
    for window, logits in parts:
        begun = torch.tensor(window.words)
        places = (begun >= 0).nonzero().squeeze(1)
        around = torch.minimum(places, len(window.ids) - 1 - places)
        better = around > context[begun[places]]
        chosen = begun[places[better]]
        found[chosen], context[chosen] = logits[places[better]], around[better]
    return found
