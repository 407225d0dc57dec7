"""What answers the examples of a task: a fine-tuned model, or a baseline without a model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from alambic.data.example_scores import SEQUENCE
from alambic.models.device import device_of
from alambic.tasks.baseline import SureBaseline, fit_baseline, says_how_sure
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import Prediction, saved_head


class Predictor(Protocol):
    """What answers examples."""

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        ...


class WithoutModel:
    """A baseline, fitted to the training examples of a task; its answers have scores where it says how sure it is."""

    def __init__(self, name: str, data: TaskData) -> None:
        self.baseline = fit_baseline(name, data.train, data.label_texts)
        self.sure = says_how_sure(name)

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example; the score of each code given, and of all of them, is the confidence of the answer."""
        if not self.sure:
            return [Prediction(answer) for answer in self.baseline.predict(examples)]
        baseline = cast(SureBaseline, self.baseline)
        return [_scored(answer, confidence) for answer, confidence in baseline.predict_sure(examples)]


def _scored(answer: Answer, confidence: float) -> Prediction:
    scored = (*((answer,) if isinstance(answer, str) else answer), SEQUENCE)
    return Prediction(answer, np.full(len(scored), confidence, np.float32), scored)


class Finetuned:
    """A fine-tuned transformers folder, on a GPU where there is one, or on the device that is given."""

    def __init__(self, folder: Path, *, device: str | None = None) -> None:
        self.head = saved_head(folder)
        self.preprocessor = self.head.open_preprocessor(folder)
        self.model = self.head.open_model(folder).to(device or device_of())

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer each example."""
        length = self.preprocessor.model_max_length
        return self.head.predict(self.model, self.preprocessor, examples, max_length=length)

    def facts(self) -> dict[str, Any]:
        """Count parameters; those of the embedding of pieces apart, as they cost memory but no time."""
        embeddings = self.model.get_input_embeddings().weight.numel()
        return {"parameters": self.model.num_parameters(), "embedding_parameters": embeddings}
