"""Fine-tune one model on one task from one seed."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import AutoTokenizer

from alambic.inputs import Inputs
from alambic.settings import Finetune
from alambic.tasks._data import Example, Kind, TaskData
from alambic.tasks._loading import load_task
from alambic.tasks._windows import HEADS, NO_LABEL, Window, cut, pad
from alambic.training.loop import train
from alambic.training.ranks import Ranks

log = logging.getLogger("alambic.finetune")

# The layer that BERT and RoBERTa put between the first token's state and the labels.
BETWEEN = ("pooler.dense", "classifier.dense")


def run(settings: Finetune, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder with the task's head, tokenizer and labels; return sizes and training facts."""
    data = load_task(settings.task, inputs)
    folder = inputs.one("model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = with_head(folder, data, seed=settings.seed)
    if not settings.recipe.train_embeddings:
        model.get_input_embeddings().requires_grad_(False)
    length = min(settings.recipe.max_length, model.config.max_position_embeddings)
    windows = cut(tokenizer, data.train, kind=data.kind, max_length=length)
    log.info("%d examples in %d windows, %d labels", len(data.train), len(windows), len(data.labels))
    facts = train(
        Classifier(model, kind=data.kind),
        windows,
        Collator(data.train, labels=data.labels, kind=data.kind, pad_id=tokenizer.pad_token_id),
        settings.recipe,
        seed=settings.seed,
        output=output,
        lengths=[len(window.ids) for window in windows],
    )
    if Ranks.from_environment().is_first:
        tokenizer.model_max_length = length  # evaluation cuts texts as training did
        model.save_pretrained(output)
        tokenizer.save_pretrained(output)
    return {**facts, "train_texts": len(data.train), "windows": len(windows), "labels": len(data.labels)}


def with_head(folder: Path, data: TaskData, *, seed: int) -> Any:
    """Open the encoder in `folder` under a fresh head drawn from `seed`, in single precision."""
    torch.manual_seed(seed)
    names = dict(enumerate(data.labels))
    model, loaded = HEADS[data.kind].from_pretrained(
        folder,
        dtype=torch.float32,
        num_labels=len(names),
        id2label=names,
        label2id={name: number for number, name in names.items()},
        problem_type="multi_label_classification" if data.kind == "labels" else None,
        output_loading_info=True,
    )
    _let_states_through(model, set(loaded["missing_keys"]))
    return model


def _let_states_through(model: nn.Module, fresh: set[str]) -> None:
    """Start a fresh layer between the first token's state and the labels as the identity.

    Drawn at random it hides the state until it is learnt: 12 points of accuracy after 64 steps (`docs/method.md`).
    """
    for name, module in model.named_modules():
        if name.endswith(BETWEEN) and f"{name}.weight" in fresh and isinstance(module, nn.Linear):
            nn.init.eye_(module.weight)
            nn.init.zeros_(module.bias)


class Classifier(nn.Module):
    """A model with a head, whose loss is the mean over sequences of their mean cross-entropy, in single precision."""

    def __init__(self, model: nn.Module, *, kind: Kind) -> None:
        super().__init__()
        self.model, self.kind = model, kind

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute `loss` and `accuracy` from logits (sequences, labels) or (sequences, tokens, labels)."""
        logits = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.float()
        return (_each_label if self.kind == "labels" else _one_label)(logits, batch["gold"])


def _each_label(logits: Tensor, gold: Tensor) -> dict[str, Tensor]:
    """Compare logits and gold (sequences, labels), each label a question of its own."""
    right = ((logits.detach() > 0) == gold.bool()).float()
    return {"loss": binary_cross_entropy_with_logits(logits, gold.float()), "accuracy": right.mean()}


def _one_label(logits: Tensor, gold: Tensor) -> dict[str, Tensor]:
    """Compare logits (sequences, labels) or (sequences, tokens, labels) with gold (sequences, 1 or tokens)."""
    logits = logits.reshape(len(logits), -1, logits.shape[-1])
    counted = gold != NO_LABEL
    sizes = counted.sum(dim=1).clamp(min=1)
    losses = cross_entropy(logits.transpose(1, 2), gold, ignore_index=NO_LABEL, reduction="none")
    right = (logits.detach().argmax(dim=-1) == gold) & counted
    return {"loss": (losses.sum(dim=1) / sizes).mean(), "accuracy": (right.sum(dim=1) / sizes).mean()}


class Collator:
    """Stack windows with their right answers: (sequences, 1), (sequences, labels) or (sequences, tokens)."""

    def __init__(self, examples: Sequence[Example], *, labels: Sequence[str], kind: Kind, pad_id: int) -> None:
        self.examples, self.kind, self.pad_id = examples, kind, pad_id
        self.numbers = {label: number for number, label in enumerate(labels)}

    def __call__(self, windows: Sequence[Window]) -> dict[str, Tensor]:
        """Make a batch; of tags, only the first token of a word has one, and of labels each is 0 or 1."""
        batch = pad(windows, pad_id=self.pad_id)
        gold = [self._gold(window, batch["input_ids"].shape[1]) for window in windows]
        return {**batch, "gold": torch.tensor(gold)}

    def _gold(self, window: Window, width: int) -> list[int]:
        answer = self.examples[window.example].gold
        if isinstance(answer, str):
            return [self.numbers[answer]]
        if self.kind == "labels":
            return [int(label in answer) for label in self.numbers]
        tags = [self.numbers[answer[word]] if word >= 0 else NO_LABEL for word in window.words]
        return tags + [NO_LABEL] * (width - len(tags))
