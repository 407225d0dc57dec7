"""Some of thousands of labels for a text, such as ICD-10 codes: those whose own text is nearest to it.

The encoder reads texts and labels alike, so that a label which no training text has can be given too. All labels'
vectors are saved with the model; a text costs one reading, and a product with them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel
from transformers.utils import logging

from alambic.models.opening import open_model
from alambic.models.text_tokens import for_plain_use
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import LABELS, READS, SAVED_NAME, Head, LabelledWindow, LabelTexts, Prediction
from alambic.tasks.heads._labels import LabelHead
from alambic.tasks.heads._retrieval import (
    LabelTokens,
    Retrieval,
    RetrievalBatch,
    best_threshold,
    read_vectors,
    retrieval_loss,
    vectors_of,
)
from alambic.tasks.perturb.edits import Perturbed
from alambic.tasks.windows import Window, cut, overlap_of

MODELS = ("encoder",)
READS_LABEL_TEXTS = True
SOFT_TARGETS = False  # no task distillation: of thousands of probabilities nearly all are zero

TOP = 20  # labels whose scores are kept
TEXTS_AT_ONCE = 256  # that are compared with all labels at once: 40 MB for 40,000 labels


class LabelRetrieval(LabelHead):
    """The labels whose probability is above the threshold that suits the examples set apart; at least the best one."""

    name = "label_retrieval"
    decoding = "labels=nearest|above=threshold_of_dev_f1|windows=mean_vector"
    auto_model = AutoModel

    def __init__(self, labels: tuple[str, ...], label_texts: LabelTexts) -> None:
        super().__init__(labels)
        self.label_texts = label_texts
        self._tokens: LabelTokens | None = None

    # ---- the model

    def new_model(self, folder: Path, *, seed: int) -> Any:
        """Open the encoder; nothing is drawn."""
        return self._open(folder)

    def open_model(self, folder: Path) -> Any:
        """Open a fine-tuned model, with the vectors of its labels."""
        model = self._open(folder)
        model.retrieval.load(folder)
        return model.eval()

    def _open(self, folder: Path) -> Any:
        with _without_report():
            model = open_model(AutoModel, folder, dtype=torch.float32)
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # nothing would teach it
        model.retrieval = Retrieval()
        return model

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Read all labels, and choose the threshold on the examples for development."""
        self._read_labels(model, preprocessor)
        examples = [example for part in data.dev.values() for example in part]
        scores, numbers = self._top(model, preprocessor, examples, max_length=max_length)
        gold = [{self.numbers[label] for label in _several(example) if label in self.numbers} for example in examples]
        pairs = zip(numbers.tolist(), gold, strict=True)
        right = np.array([[number in of_text for number in row] for row, of_text in pairs], bool)
        threshold = best_threshold(scores.numpy(), right.reshape(scores.shape), sum(map(len, gold)))
        model.retrieval.threshold.fill_(threshold)

    def save(self, model: Any, preprocessor: Any, folder: Path, *, max_length: int) -> None:
        """Write encoder, vectors, scale and threshold, and the tokenizer."""
        if model.retrieval.vectors is None:
            self._read_labels(model, preprocessor)
        setattr(model.config, SAVED_NAME, self.name)
        setattr(model.config, LABELS, list(self.labels))
        reads = {"text": "running", "unicode": "NFC", "max_length": max_length, "overlap": overlap_of(max_length)}
        setattr(model.config, READS, reads)
        preprocessor.model_max_length = max_length
        model.save_pretrained(folder)
        for_plain_use(preprocessor).save_pretrained(folder)

    def _read_labels(self, model: Any, tokenizer: Any) -> None:
        vectors = self._label_tokens(tokenizer).vectors(model, pad_id=tokenizer.pad_token_id)
        model.retrieval.vectors = vectors.to(model.device)

    def _label_tokens(self, tokenizer: Any) -> LabelTokens:
        if self._tokens is None:
            self._tokens = LabelTokens.of(tokenizer, self.labels, self.label_texts)
        return self._tokens

    # ---- learning

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Window]:
        """Cut texts into overlapping windows."""
        return cut(preprocessor, [example.text for example in examples], max_length=max_length)

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give the numbers of the right labels, (1, labels)."""
        return np.array([[self.numbers[label] for label in _several(example)]], np.int64).reshape(1, -1)

    def label(self, window: Window, targets: np.ndarray) -> LabelledWindow[Window]:
        """Give each window the labels of its text."""
        return LabelledWindow(window, targets)

    def collator(self, preprocessor: Any) -> RetrievalBatch:
        """Make batches of texts and labels."""
        return RetrievalBatch(preprocessor.pad_token_id, self._label_tokens(preprocessor))

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compare each text with all labels of the batch: see `retrieval_loss`."""
        model.retrieval.vectors = None  # those of other weights
        texts = vectors_of(model, batch)
        labels = {"input_ids": batch["label_ids"], "attention_mask": batch["label_mask"]}
        read = vectors_of(model, {name: values.flatten(0, 1) for name, values in labels.items()})
        return retrieval_loss(model.retrieval.logits(texts, read), batch["targets"])

    # ---- answers

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each text, the likeliest label first; scores are those of the likeliest twenty."""
        scores, numbers = self._top(model, preprocessor, examples, max_length=max_length)
        threshold = float(model.retrieval.threshold)
        predictions = []
        for values, places in zip(scores.numpy(), numbers.tolist(), strict=True):
            names = tuple(self.labels[place] for place in places)
            given = max(1, int((values > threshold).sum()))
            predictions.append(Prediction(names[:given], values, scored=names))
        return predictions

    @torch.inference_mode()
    def _top(
        self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int
    ) -> tuple[Tensor, Tensor]:
        """Give the scores and the numbers of the likeliest labels of each text, (texts, TOP), on the CPU."""
        if model.retrieval.vectors is None:
            self._read_labels(model, tokenizer)
        windows = self.encode(tokenizer, examples, max_length=max_length)
        read = read_vectors(model, [window.ids for window in windows], pad_id=tokenizer.pad_token_id)
        owners = torch.tensor([window.example for window in windows], dtype=torch.long)
        texts = normalize(torch.zeros(len(examples), read.shape[1]).index_add_(0, owners, read), dim=-1)
        vectors, most = model.retrieval.vectors.float(), min(TOP, len(self.labels))
        found = [
            model.retrieval.logits(some.to(model.device), vectors).sigmoid().topk(most, dim=1)
            for some in texts.split(TEXTS_AT_ONCE)
            if len(some)
        ]
        if not found:
            return torch.zeros(0, most), torch.zeros(0, most, dtype=torch.long)
        return torch.cat([each.values for each in found]).cpu(), torch.cat([each.indices for each in found]).cpu()

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Count the whole answer."""
        return answer

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for the labels of a text."""
        return Example(name, text, ())

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the text and keep its answer."""
        return replace(example, text=perturbed.text)

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the labels that were given, the likeliest first, each with its probability."""
        assert prediction.scores is not None
        pairs = zip(prediction.answer, prediction.scores.tolist(), strict=False)
        return {"labels": [{"label": label, "score": round(score, 4)} for label, score in pairs]}


@contextmanager
def _without_report() -> Iterator[None]:
    """Keep back what transformers says of weights that are no encoder's: they are read apart."""
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)


def _several(example: Example) -> tuple[str, ...]:
    return (example.gold,) if isinstance(example.gold, str) else example.gold


def head(labels: tuple[str, ...], label_texts: LabelTexts) -> Head[Window]:
    """Choose some of `labels` by what they say."""
    return LabelRetrieval(labels, label_texts)
