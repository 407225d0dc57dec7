"""Fine-tune one model on one task from one seed."""

import logging
import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import ConcatDataset
from transformers import AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.models.new_head import init_identity
from alambic.runtime.ranks import Ranks
from alambic.settings import Finetune
from alambic.stages.finetune.examples import Answered, Collator, Predicted
from alambic.tasks.examples import Kind, TaskData
from alambic.tasks.loading import load_task
from alambic.tasks.windows import HEADS
from alambic.training.loop import train

log = logging.getLogger("alambic.stages.finetune")

WORK = ".examples"  # where what a teacher predicts is laid out until the model is trained


def run(settings: Finetune, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder with the task's head, tokenizer and labels; return sizes and training facts."""
    data = load_task(settings.task, inputs)
    folder = inputs.one("model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = with_head(folder, data, seed=settings.seed)
    if not settings.recipe.train_embeddings:
        model.get_input_embeddings().requires_grad_(False)
    length = min(settings.recipe.max_length, model.config.max_position_embeddings)
    answered = Answered(tokenizer, data, length=length)
    log.info("%d examples in %d windows, %d labels", len(data.train), len(answered), len(data.labels))
    learnt: list[Any] = [answered] * settings.repeat
    if settings.signal:
        learnt.append(_predicted(inputs, tokenizer, data, length, output / WORK))
    facts = train(
        Classifier(model, kind=data.kind),
        ConcatDataset(learnt),
        Collator(data.kind, tokenizer.pad_token_id),
        settings.recipe,
        seed=settings.seed,
        output=output,
        lengths=[size for part in learnt for size in part.lengths],
    )
    if Ranks.from_environment().is_first:
        tokenizer.model_max_length = length  # evaluation cuts texts as training did
        model.save_pretrained(output)
        tokenizer.save_pretrained(output)
        shutil.rmtree(output / WORK, ignore_errors=True)
    return {**facts, "train_texts": len(data.train), "windows": len(answered), "labels": len(data.labels)}


def _predicted(inputs: Inputs, tokenizer: Any, data: TaskData, length: int, work: Path) -> Predicted:
    """Open what a teacher predicts of a corpus."""
    corpus, signal = inputs.one("corpus"), inputs.one("signal")
    write = Ranks.from_environment().is_first
    found = Predicted(tokenizer, data, length=length, corpus=corpus, signal=signal, folder=work, write=write)
    log.info("%d windows of a corpus, whose labels a teacher predicted", len(found))
    return found


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
    init_identity(model, set(loaded["missing_keys"]))
    return model


class Classifier(nn.Module):
    """A model with a head, whose loss is the mean over sequences of their mean cross-entropy, in single precision.

    Against a teacher's probabilities that is the KL divergence and a constant, against right answers the usual loss.
    """

    def __init__(self, model: nn.Module, *, kind: Kind) -> None:
        super().__init__()
        self.model, self.kind = model, kind

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute `loss` and `accuracy` from logits (sequences, labels) or (sequences, tokens, labels)."""
        logits = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.float()
        return (_each_label if self.kind == "labels" else _one_label)(logits, batch["known"])


def _each_label(logits: Tensor, known: Tensor) -> dict[str, Tensor]:
    """Compare logits and probabilities (sequences, labels), each label a question of its own."""
    right = ((logits.detach() > 0) == (known > 0.5)).float()
    return {"loss": binary_cross_entropy_with_logits(logits, known), "accuracy": right.mean()}


def _one_label(logits: Tensor, known: Tensor) -> dict[str, Tensor]:
    """Compare logits and probabilities (sequences, labels) or (sequences, tokens, labels); zeros do not count."""
    logits, known = (of.reshape(len(of), -1, of.shape[-1]) for of in (logits, known))
    counted = known.sum(dim=-1) > 0
    sizes = counted.sum(dim=1).clamp(min=1)
    losses = -(known * logits.log_softmax(dim=-1)).sum(dim=-1)
    right = (logits.detach().argmax(dim=-1) == known.argmax(dim=-1)) & counted
    return {"loss": (losses.sum(dim=1) / sizes).mean(), "accuracy": (right.sum(dim=1) / sizes).mean()}
