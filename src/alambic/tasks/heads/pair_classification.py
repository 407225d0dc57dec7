"""One label for two texts: whether one follows from the other, whether both say the same."""

from typing import Any

from torch import Tensor
from transformers import AutoModelForSequenceClassification

from alambic.tasks.head import Head
from alambic.tasks.heads._labels import one_of
from alambic.tasks.heads._pairs import PairHead, readable
from alambic.tasks.heads._usage import OF_PAIRS, PAIR, PlainUse
from alambic.tasks.windows import Window

MODELS = ("encoder", "causal")
READS_PAIRS = True  # no corpus has them: such a task has no task distillation


class PairClassification(PairHead):
    """The likeliest label; probabilities add up to 1."""

    name = "pair_classification"
    auto_model = AutoModelForSequenceClassification
    problem_type = "single_label_classification"
    plain_use = PlainUse(
        "text-classification", {"function_to_apply": "softmax"}, "the label", "", asked=PAIR, further=OF_PAIRS
    )

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean cross-entropy, and the share of pairs whose likeliest label is the likeliest target."""
        inputs = {name: values for name, values in batch.items() if name != "targets"}
        return one_of(model(**readable(model, inputs)).logits.float(), batch["targets"])

    def answer(self, logits: Tensor) -> str:
        """Give the likeliest label."""
        return self.labels[int(logits.argmax())]

    def probabilities(self, logits: Tensor) -> Tensor:
        """Share 1 out among the labels."""
        return logits.softmax(-1)


def head(labels: tuple[str, ...]) -> Head[Window]:
    """Choose one of `labels`."""
    return PairClassification(labels)
