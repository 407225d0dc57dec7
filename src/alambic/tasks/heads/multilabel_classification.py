"""Several labels for a text, each a question of its own."""

from typing import Any

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModelForSequenceClassification

from alambic.tasks.head import Head
from alambic.tasks.heads._labels import WholeTextHead, logits_of
from alambic.tasks.heads._usage import PlainUse
from alambic.tasks.windows import Window

MODELS = ("encoder", "causal")


class MultilabelClassification(WholeTextHead):
    """The labels above one half, the likeliest where none is; each has a probability of its own."""

    name = "multilabel_classification"
    auto_model = AutoModelForSequenceClassification
    problem_type = "multi_label_classification"
    plain_use = PlainUse(
        "text-classification",
        {"function_to_apply": "sigmoid", "top_k": None},
        "the labels with a score above 0.5, or the first one where none is",
        "the mean of the windows' logits",
        {"threshold": 0.5},
    )

    def loss(self, model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the mean binary cross-entropy over sequences and labels, and the share of right ones at one half."""
        logits, targets = logits_of(model, batch), batch["targets"]
        right = ((logits.detach() > 0) == (targets > 0.5)).float()
        return {"loss": binary_cross_entropy_with_logits(logits, targets), "accuracy": right.mean()}

    def answer(self, logits: Tensor) -> tuple[str, ...]:
        """Give the labels above one half, sorted; the likeliest where none is."""
        chosen = {int(number) for number in (logits > 0).nonzero()} or {int(logits.argmax())}
        return tuple(sorted(self.labels[number] for number in chosen))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Give each label its own."""
        return logits.sigmoid()


def head(labels: tuple[str, ...]) -> Head[Window]:
    """Choose any of `labels`."""
    return MultilabelClassification(labels)
