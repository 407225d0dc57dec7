"""torchdistill as a contender of peers.py; it is made for images, and its loss for logits of two dimensions."""

from typing import Any

import torch
from torchdistill.core.distillation import get_distillation_box
from torchdistill.datasets.registry import register_collate_func

RATE, CLIP = 5e-4, 1.0


class Rows(torch.nn.Module):
    """A causal model whose logits (predicted tokens, pieces) have the two dimensions that the loss expects."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model
        self.logits = torch.nn.Identity()  # where torchdistill listens

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Give the logits of the predicted tokens."""
        found = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False).logits
        return self.logits(found[:, :-1][batch["labels"][:, 1:] != -100])


def torchdistill(work: Any, meter: Any) -> list[float]:
    """Its box with its KDLoss, alpha 0: the KL term alone."""
    term = {"student_module_path": "logits", "student_module_io": "output"}
    term |= {"teacher_module_path": "logits", "teacher_module_io": "output", "temperature": 1.0, "alpha": 0.0}
    listened = {"forward_proc": "forward_batch_only", "forward_hook": {"input": [], "output": ["logits"]}}
    config = {
        "num_epochs": 1,
        "train_data_loader": {
            "dataset_id": "train",
            "sampler": {"class_or_func": torch.utils.data.SequentialSampler, "kwargs": {}},
            "kwargs": {"batch_size": 1, "num_workers": 0, "drop_last": False},
            "collate_fn": "peers",
        },
        "teacher": {"requires_grad": False, **listened},
        "student": {"requires_grad": True, **listened},
        "optimizer": {"key": "AdamW", "kwargs": {"lr": RATE, "fused": True}, "max_grad_norm": CLIP},
        "criterion": {
            "key": "WeightedSumLoss",
            "kwargs": {"sub_terms": {"kd": {"criterion": {"key": "KDLoss", "kwargs": term}, "weight": 1.0}}},
        },
    }
    register_collate_func(key="peers")(lambda rows: (work.collate([row[0] for row in rows]), torch.zeros(()), {}))
    box = get_distillation_box(
        Rows(work.teacher()),
        Rows(work.student),
        {"train": [(row, 0) for row in work.rows]},
        config,
        torch.device("cpu"),
        None,
        False,
        1.0,
    )
    losses = []
    box.pre_epoch_process(epoch=0)
    for batch, targets, supplement in box.train_data_loader:
        loss = box.forward_process(batch, targets, supplement)
        box.post_forward_process(loss)
        losses.append(loss.item())
        meter.mark()
    return losses
