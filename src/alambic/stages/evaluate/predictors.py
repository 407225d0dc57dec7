"""What is scored: fine-tuned models, or the dictionary."""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from transformers import AutoTokenizer

from alambic.models.device import device_of
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.windows import HEADS, TEXTS_AT_ONCE, predict

TIMED_TEXTS = 200  # enough for a figure within a few per cent, seconds for a small model


class Finetuned:
    """A fine-tuned transformers folder, on a GPU where there is one."""

    def __init__(self, folder: Path, data: TaskData) -> None:
        self.kind = data.kind
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        opened: Any = HEADS[data.kind].from_pretrained(folder, dtype=torch.float32)
        self.model = opened.to(device_of())

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Answer each example."""
        length = self.tokenizer.model_max_length
        return predict(self.model, self.tokenizer, examples, kind=self.kind, max_length=length)

    def to_cpu(self) -> Self:
        """Go on where the speed is measured."""
        self.model = self.model.to("cpu")
        return self

    def facts(self) -> dict[str, Any]:
        """Count parameters; those of the embedding of pieces apart, as they cost memory but no time."""
        embeddings = self.model.get_input_embeddings().weight.numel()
        return {"parameters": self.model.num_parameters(), "embedding_parameters": embeddings}


def speed(predictor: Any, data: TaskData) -> dict[str, Any]:
    """Time predictions on one CPU thread, and give the process's peak memory."""
    examples = [example for name in sorted(data.test) for example in data.test[name]][:TIMED_TEXTS]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        predictor.predict(examples[: TEXTS_AT_ONCE["cpu"]])  # the first call pays for what later ones reuse
        begun = time.perf_counter()
        predictor.predict(examples)
        seconds = time.perf_counter() - begun
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
