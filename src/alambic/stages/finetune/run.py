"""Fine-tune one model on one task from one seed."""

import logging
import shutil
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.utils.data import ConcatDataset

from alambic.data.inputs import Inputs
from alambic.models.card import add_licences
from alambic.runtime.ranks import Ranks
from alambic.settings import Finetune
from alambic.stages.finetune.card import write_card
from alambic.stages.finetune.examples import GoldExamples
from alambic.stages.finetune.predicted_texts import PseudoLabelled
from alambic.tasks.head import Head, check_accepts, load_head
from alambic.tasks.loading import load_task
from alambic.training.loop import train

log = logging.getLogger("alambic.stages.finetune")

WORK = ".windows"  # where what a teacher predicts is laid out until the model is trained


def run(settings: Finetune, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder with the task's head, tokenizer and labels; return sizes and training facts."""
    data = load_task(settings.task, inputs)
    folder = inputs.one("model")
    check_accepts(data.head, folder)
    head = load_head(data.head, data.labels, data.label_texts)
    preprocessor = head.open_preprocessor(folder)
    model = head.new_model(folder, seed=settings.seed)
    if not settings.recipe.train_embeddings:
        head.freeze_embeddings(model)
    max_length = head.longest_input(model, settings.recipe.max_length)
    if max_length < settings.recipe.max_length:
        log.info(
            "windows of %d tokens: the model reads no more; max_length was %d", max_length, settings.recipe.max_length
        )
    gold = GoldExamples(head, preprocessor, data, max_length=max_length)
    log.info("%d examples in %d windows, %d labels", len(data.train), len(gold), len(data.labels))
    parts: list[Any] = [gold] * settings.repeat
    counts: dict[str, int] = {}
    if settings.signal:
        predicted = _pseudo_labelled(settings, inputs, head, preprocessor, max_length, output / WORK)
        parts, counts = [*parts, predicted], predicted.facts
    facts = train(
        ModelWithHead(model, head),
        ConcatDataset(parts),
        head.collator(preprocessor),
        settings.recipe,
        seed=settings.seed,
        output=output,
        lengths=[size for part in parts for size in part.lengths],
    )
    if Ranks.from_environment().is_first:
        head.settle(model, preprocessor, data, max_length=max_length)
        head.save(model, preprocessor, output, max_length=max_length)
        write_card(output, settings=settings, head=head, data=data)
        shutil.rmtree(output / WORK, ignore_errors=True)
        add_licences(output, settings.licence_report)
    sizes = {"train_texts": len(data.train) if settings.repeat else 0, "windows": len(gold), "labels": len(data.labels)}
    not_read = {"train_texts_not_read": gold.not_read} if gold.not_read else {}
    return {**facts, **sizes, **not_read, **counts}


def _pseudo_labelled(
    settings: Finetune, inputs: Inputs, head: Head, tokenizer: Any, max_length: int, work: Path
) -> PseudoLabelled:
    """Open what a teacher predicts of a corpus."""
    windows = PseudoLabelled(
        head,
        tokenizer,
        max_length=max_length,
        corpus=inputs.one("corpus"),
        signal=inputs.one("signal"),
        folder=work,
        write=Ranks.from_environment().is_first,
        min_probability=settings.min_probability,
        min_agreement=settings.min_agreement,
    )
    log.info("%d windows of a corpus, whose labels a teacher predicted", len(windows))
    for name, number in windows.facts.items():
        log.info("%s: %d", name, number)
    return windows


class ModelWithHead(nn.Module):
    """A model, and the loss of its head."""

    def __init__(self, model: nn.Module, head: Head) -> None:
        super().__init__()
        self.model, self.head = model, head

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute `loss` and what else the head shows of a batch."""
        return self.head.loss(self.model, batch)
