"""A number for two texts: how similar they are, such as from 0 to 5. The model has one output, which is that number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.nn.functional import mse_loss
from transformers import AutoModelForSequenceClassification

from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction
from alambic.tasks.heads._pairs import PairHead, readable
from alambic.tasks.heads._usage import OF_PAIRS, PAIR, PlainUse
from alambic.tasks.windows import Window

MODELS = ("encoder", "causal")
READS_PAIRS = True  # no corpus has them: such a task has no task distillation


class SentenceSimilarity(PairHead):
    """The output itself, whatever the scale of the right answers; it is not cut to that scale."""

    name = "sentence_similarity"
    decoding = "number=output"
    auto_model = AutoModelForSequenceClassification
    problem_type = "regression"
    plain_use = PlainUse(
        "text-classification", {"function_to_apply": "none"}, "the score", "", asked=PAIR, further=OF_PAIRS
    )

    def gold_targets(self, example: Example) -> np.ndarray:
        """Give the right number, (1, 1)."""
        assert isinstance(example.gold, str)
        return np.array([[float(example.gold)]], np.float32)

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean squared error over the pairs."""
        inputs = {name: values for name, values in batch.items() if name != "targets"}
        outputs = model(**readable(model, inputs)).logits.float()
        return {"loss": mse_loss(outputs, batch["targets"].float())}

    def answer(self, logits: Tensor) -> str:
        """Write the number, with five decimals: exported models differ in the next one."""
        return f"{float(logits[0]):.5f}"

    def probabilities(self, logits: Tensor) -> Tensor:
        """Give the number, (1,)."""
        return logits

    def as_record(self, example: Example, prediction: Prediction) -> dict[str, Any]:
        """Write the number as the score of the one label."""
        return {"labels": [{"label": self.labels[0], "score": round(float(str(prediction.answer)), 4)}]}


def head(labels: Sequence[str]) -> Head[Window]:
    """Give a number, whose name is the one of `labels`."""
    return SentenceSimilarity(tuple(labels))
