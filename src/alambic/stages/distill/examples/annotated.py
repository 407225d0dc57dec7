"""Texts with the soft labels that a teacher gave them, and the head by which a student gives its own."""

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from alambic.data.documents import Document
from alambic.data.ragged_array import Field, RaggedArray, open_or_write
from alambic.data.signal_store import Key, facts_of, key_of, stored_rows, zip_with_corpus
from alambic.models.new_head import init_identity
from alambic.stages.distill.examples.sequences import windows


class Annotations:
    """The stored soft labels of a corpus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.labels: list[str] = json.loads(facts_of(folder)["labels"])

    def __iter__(self) -> Iterator[tuple[Key, np.ndarray]]:
        """Yield each document's key and log-probabilities (labels,), in the order of the corpus."""
        for row in stored_rows(self.folder):
            yield key_of(row), np.asarray(row["scores"], np.float32)


@dataclass(frozen=True)
class AnnotatedText:
    """The beginning of a document: n student tokens, special ones included, and the teacher's soft labels."""

    ids: np.ndarray  # (n,) token ids
    special: np.ndarray  # (n,) bool: tokens that stand for no text
    label_log_probs: np.ndarray  # (labels,) log-probabilities
    draw: int = 0  # seeds what is drawn for this text in this epoch


def annotated(
    documents: Iterable[Document], tokenizer: Any, *, length: int, annotations: Annotations
) -> Iterator[AnnotatedText]:
    """Tokenise the first `length` tokens of documents: the teacher annotated beginnings too."""
    for document, label_log_probs in zip_with_corpus(documents, annotations):
        ids, _, special = next(windows(document.text, tokenizer, length=length))
        yield AnnotatedText(ids, special, label_log_probs)


class AnnotatedTexts:
    """All the annotated texts of a corpus, on disk."""

    def __init__(self, folder: Path, texts: Iterable[AnnotatedText], *, write: bool) -> None:
        spec = {
            "ids": Field("tokens", np.int32),
            "special": Field("tokens", np.bool_),
            "label_log_probs": Field("labels", np.float32),
        }
        rows = ({name: value for name, value in vars(text).items() if name in spec} for text in texts)
        self._rows: RaggedArray = open_or_write(folder, spec, rows, dict, write=write)
        self.lengths = self._rows.lengths("tokens")

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> AnnotatedText:
        return AnnotatedText(**self._rows[index], draw=0)


@dataclass(frozen=True)
class AnnotatedCollator:
    """Pad annotated texts into a batch."""

    pad: int

    def __call__(self, examples: list[AnnotatedText]) -> dict[str, Tensor]:
        """Return ids, mask and special (batch, tokens), and label_log_probs (batch, labels)."""
        shape = (len(examples), max(len(example.ids) for example in examples))
        ids, mask, special = np.full(shape, self.pad), np.zeros(shape, np.int64), np.ones(shape, bool)
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size], special[row, :size] = example.ids, 1, example.special
        label_log_probs = np.stack([example.label_log_probs for example in examples])
        arrays = {"ids": ids, "mask": mask, "special": special, "label_log_probs": label_log_probs}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


def with_labels(encoder: PreTrainedModel, labels: list[str]) -> PreTrainedModel:
    """Put the head of transformers for one of `labels` on an encoder, whose weights it keeps.

    Layers between its first state and the labels are fresh, whatever the encoder has: they start as the identity.
    """
    config = deepcopy(encoder.config)
    config.id2label, config.problem_type = dict(enumerate(labels)), "single_label_classification"
    config.label2id = {label: number for number, label in enumerate(labels)}
    model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    missing, unexpected = model.base_model.load_state_dict(encoder.state_dict(), strict=False)
    assert not unexpected and all("pooler" in name for name in missing), (missing, unexpected)
    init_identity(model, model.state_dict())
    return model
