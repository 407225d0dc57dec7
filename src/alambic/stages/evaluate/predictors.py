"""What is scored: fine-tuned models, or a baseline without a model."""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import torch

from alambic.models.device import device_of
from alambic.tasks.baseline import fit_baseline
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import Prediction, saved_head
from alambic.tasks.window_logits import TEXTS_AT_ONCE

TIMED_TEXTS = 200  # enough for a figure within a few per cent, seconds for a small model


class Predictor(Protocol):
    """What answers examples."""

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        ...


class WithoutModel:
    """A baseline, fitted to the training examples of a task; its answers have no scores."""

    def __init__(self, name: str, data: TaskData) -> None:
        self.baseline = fit_baseline(name, data.train)

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        return [Prediction(answer) for answer in self.baseline.predict(examples)]


class Finetuned:
    """A fine-tuned transformers folder, on a GPU where there is one."""

    def __init__(self, folder: Path) -> None:
        self.head = saved_head(folder)
        self.preprocessor = self.head.open_preprocessor(folder)
        self.model = self.head.open_model(folder).to(device_of())

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        length = self.preprocessor.model_max_length
        return self.head.predict(self.model, self.preprocessor, examples, max_length=length)

    def to_cpu(self) -> Self:
        """Go on where the speed is measured."""
        self.model = self.model.to("cpu")
        return self

    def facts(self) -> dict[str, Any]:
        """Count parameters; those of the embedding of pieces apart, as they cost memory but no time."""
        embeddings = self.model.get_input_embeddings().weight.numel()
        return {"parameters": self.model.num_parameters(), "embedding_parameters": embeddings}


def speed(predictor: Predictor, data: TaskData) -> dict[str, Any]:
    """Time predictions on one CPU thread, and give the process's peak memory."""
    examples = [example for name in sorted(data.test) for example in data.test[name]][:TIMED_TEXTS]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        predictor.predict(examples[: TEXTS_AT_ONCE["cpu"]])  # the first call pays for what later ones reuse
        started_at = time.perf_counter()
        predictor.predict(examples)
        seconds = time.perf_counter() - started_at
    finally:
        torch.set_num_threads(threads)
    words = sum(len(example.text.split()) for example in examples)
    return {
        "words_per_second": round(words / seconds, 1),
        "timed_texts": len(examples),
        "timed_batch": TEXTS_AT_ONCE["cpu"],
        "threads": 1,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
