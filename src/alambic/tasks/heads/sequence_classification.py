"""One label for a text."""

from typing import Any

from torch import Tensor
from transformers import AutoModelForSequenceClassification

from alambic.tasks.head import Head
from alambic.tasks.heads._labels import WholeTextHead, logits_of, one_of
from alambic.tasks.heads._usage import PlainUse
from alambic.tasks.windows import Window

MODELS = ("encoder", "causal")


class SequenceClassification(WholeTextHead):
    """The likeliest label; probabilities add up to 1."""

    name = "sequence_classification"
    auto_model = AutoModelForSequenceClassification
    problem_type = "single_label_classification"
    plain_use = PlainUse(
        "text-classification", {"function_to_apply": "softmax"}, "the label", "the mean of the windows' logits"
    )

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean cross-entropy, and the share of sequences whose likeliest label is the likeliest target."""
        return one_of(logits_of(model, batch), batch["targets"])

    def answer(self, logits: Tensor) -> str:
        """Give the likeliest label."""
        return self.labels[int(logits.argmax())]

    def probabilities(self, logits: Tensor) -> Tensor:
        """Share 1 out among the labels."""
        return logits.softmax(-1)


def head(labels: tuple[str, ...]) -> Head[Window]:
    """Choose one of `labels`."""
    return SequenceClassification(labels)
