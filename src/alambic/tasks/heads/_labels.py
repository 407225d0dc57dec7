"""What the heads share whose models have one output for each label."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from alambic.data.ragged_array import Field
from alambic.models.description import family
from alambic.models.new_head import init_identity
from alambic.models.opening import open_config, open_model, open_tokenizer
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.models.text_tokens import for_plain_use, with_padding
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import READS, SAVED_NAME, LabelledWindow, Prediction
from alambic.tasks.heads._usage import PlainUse, usage
from alambic.tasks.perturb.edits import Perturbed
from alambic.tasks.window_logits import window_logits
from alambic.tasks.windows import Window, cut, overlap_of


class LabelHead:
    """A classification model of transformers, and the probabilities of its labels."""

    name: ClassVar[str]
    decoding: ClassVar[str]
    auto_model: ClassVar[Any]  # the class of transformers that opens it
    problem_type: ClassVar[str | None] = None  # as transformers names it
    # How to ask the plain pipeline of transformers: its task, its options, and what to do with what it gives.
    plain_use: ClassVar[PlainUse | None] = None

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        self.numbers = {label: number for number, label in enumerate(labels)}

    def new_model(self, folder: Path, *, seed: int) -> Any:
        """Draw the new layers from `seed`; those between the states and the labels start as the identity."""
        torch.manual_seed(seed)
        model, loaded = open_model(
            self.auto_model,
            folder,
            dtype=torch.float32,
            num_labels=len(self.labels),
            id2label=dict(enumerate(self.labels)),
            label2id=self.numbers,
            problem_type=self.problem_type,
            output_loading_info=True,
        )
        init_identity(model, set(loaded["missing_keys"]))
        if family(model.config) == "causal":  # it finds the end of a text by its padding
            model.config.pad_token_id = self.open_preprocessor(folder).pad_token_id
        return model

    def open_model(self, folder: Path) -> Any:
        """Open a fine-tuned model."""
        return open_model(self.auto_model, folder, dtype=torch.float32).eval()

    def open_preprocessor(self, folder: Path) -> Any:
        """Open the tokenizer, with a token for padding."""
        return with_padding(open_tokenizer(folder))

    def longest_input(self, model: Any, max_length: int) -> int:
        """Give `max_length` tokens, or as many as the model has usable positions for."""
        return window_length(model.config, wanted=max_length)

    def freeze_embeddings(self, model: Any) -> None:
        """Learn nothing of the table of pieces."""
        model.get_input_embeddings().requires_grad_(False)

    def settle(self, model: Any, preprocessor: Any, data: TaskData, *, max_length: int) -> None:
        """Choose nothing."""

    def reads_kinds(self, model: Any, preprocessor: Any) -> bool:
        """Say no: a text by itself has tokens of one kind."""
        return False

    def save(self, model: Any, preprocessor: Any, folder: Path, *, max_length: int) -> None:
        """Write model and tokenizer; evaluation cuts texts as training did, and a plain pipeline reads them alike.

        The configuration says how the model reads: see `READS`.
        """
        setattr(model.config, SAVED_NAME, self.name)
        reads = {"text": "running", "unicode": "NFC", "max_length": max_length, "overlap": overlap_of(max_length)}
        setattr(model.config, READS, reads | (self.plain_use.as_settings() if self.plain_use else {}))
        preprocessor.model_max_length = max_length
        model.save_pretrained(folder)
        for_plain_use(preprocessor).save_pretrained(folder)

    def usage(self, folder: Path) -> list[str]:
        """Say how a saved model is called, as lines of Markdown: for short texts, and for those beyond its length."""
        return usage(self.plain_use, open_config(folder).to_dict().get(READS, {}))

    def stored_targets(self, prediction: Prediction) -> bytes:
        """Write probabilities in half precision, row by row."""
        assert prediction.scores is not None
        return prediction.scores.astype(np.float16).tobytes()

    def soft_targets(self, stored: bytes) -> np.ndarray:
        """Read probabilities (1, labels) or (words, labels), in half precision."""
        return np.frombuffer(stored, np.float16).reshape(-1, len(self.labels))

    def targets_on_disk(self) -> Field:
        """Store rows of probabilities in half precision."""
        return Field("rows", np.float16, width=len(self.labels))


class WholeTextHead(LabelHead, ABC):
    """An answer to a whole text, from the mean of the logits of its windows."""

    decoding = "windows=mean_logits"

    def encode(self, preprocessor: Any, examples: Sequence[Example], *, max_length: int) -> list[Window]:
        """Cut texts into overlapping windows."""
        return cut(preprocessor, [example.text for example in examples], max_length=max_length)

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give 1 to each right label and 0 to the others, (1, labels)."""
        targets = np.zeros((1, len(self.labels)), np.float32)
        for label in [example.gold] if isinstance(example.gold, str) else example.gold:
            targets[0, self.numbers[label]] = 1
        return targets

    def label(self, window: Window, targets: np.ndarray) -> LabelledWindow[Window]:
        """Give each window the targets of its text."""
        return LabelledWindow(window, targets)

    def collator(self, preprocessor: Any) -> "TextBatch":
        """Make batches with `targets` (sequences, labels)."""
        return TextBatch(preprocessor.pad_token_id)

    def logits(self, model: Any, tokenizer: Any, examples: Sequence[Example], *, max_length: int) -> list[Tensor]:
        """Give the logits of each example, (labels,)."""
        windows = self.encode(tokenizer, examples, max_length=max_length)
        read = window_logits(model, windows, examples=len(examples), pad_id=tokenizer.pad_token_id)
        return [torch.stack([logits for _, logits in parts]).mean(dim=0) for parts in read]

    def predict(
        self, model: Any, preprocessor: Any, examples: Sequence[Example], *, max_length: int
    ) -> list[Prediction]:
        """Answer each text; scores are (labels,)."""
        return [
            Prediction(self.answer(logits), self.probabilities(logits).numpy())
            for logits in self.logits(model, preprocessor, examples, max_length=max_length)
        ]

    @abstractmethod
    def answer(self, logits: Tensor) -> Answer:
        """Choose by the logits (labels,) of a text."""

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """Give the probability of each label from the logits (labels,) of a text."""

    def counted(self, answer: Answer, example: Example) -> Answer:
        """Count the whole answer."""
        return answer

    def question(self, name: str, text: str, second: str = "") -> Example:
        """Ask for the labels of a text."""
        return Example(name, text, ())

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the labels that were given, the likeliest first, each with its probability."""
        assert prediction.scores is not None
        given = [prediction.answer] if isinstance(prediction.answer, str) else prediction.answer
        labels = [{"label": label, "score": round(float(prediction.scores[self.numbers[label]]), 4)} for label in given]
        return {"labels": sorted(labels, key=lambda label: (-label["score"], label["label"]))}

    def perturb(self, example: Example, perturbed: Perturbed) -> Example:
        """Change the text and keep its answer."""
        return replace(example, text=perturbed.text)


@dataclass(frozen=True)
class TextBatch:
    """Stack windows with the targets of their texts."""

    pad_id: int

    def __call__(self, windows: Sequence[LabelledWindow[Window]]) -> dict[str, Tensor]:
        """Give `input_ids` and `attention_mask` (sequences, tokens), and `targets` (sequences, labels)."""
        batch = padded([labelled.window.ids for labelled in windows], fill=self.pad_id)
        return {**batch, "targets": torch.from_numpy(np.concatenate([labelled.targets for labelled in windows]))}


def logits_of(model: Any, batch: dict[str, Tensor]) -> Tensor:
    """Run a classification model on a batch; give its logits in single precision."""
    logits: Tensor = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.float()
    return logits


def one_of(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Compare logits and probabilities (sequences, labels) or (sequences, tokens, labels); zeros do not count.

    The loss is the mean over sequences of their mean cross-entropy, the accuracy that of the likeliest label.
    """
    logits, targets = (values.reshape(len(values), -1, values.shape[-1]) for values in (logits, targets))
    counted = targets.sum(dim=-1) > 0
    sizes = counted.sum(dim=1).clamp(min=1)
    losses = -(targets * logits.log_softmax(dim=-1)).sum(dim=-1)
    right = (logits.detach().argmax(dim=-1) == targets.argmax(dim=-1)) & counted
    return {"loss": (losses.sum(dim=1) / sizes).mean(), "accuracy": (right.sum(dim=1) / sizes).mean()}
