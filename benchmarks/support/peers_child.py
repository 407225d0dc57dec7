"""One peer, or the limit, in a process of its own: python benchmarks/support/peers_child.py NAME FOLDER (see peers.py).

Needs nothing of Alambic: torch and transformers; trl or torchdistill, with what they need, for these two.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import torch
from peers_meter import Meter
from torch.nn import functional

if find_spec("torchvision") and torch.version.cuda is None:
    # torchdistill needs it; the package index has it for CUDA alone: two operators are missed, which nobody here calls.
    missed = torch.library.Library("torchvision", "DEF")
    missed.define("nms(Tensor boxes) -> Tensor")
    missed.define("qnms(Tensor boxes) -> Tensor")

from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainerCallback, TrainingArguments

WARM = 1
RATE, CLIP = 5e-4, 1.0
ON_GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if ON_GPU else "cpu")


class Work:
    """The teacher, the student and the batches, as `peers.py` left them in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        batches = json.loads((folder / "batches.json").read_text())
        self.rows = [{"batch": batch} for batch in batches]  # a row is a batch, so that all take the same ones
        self.tokens = [sum(map(len, row["batch"])) for row in self.rows]
        self.student = _open(folder / "student")

    def teacher(self) -> torch.nn.Module:
        """Open the teacher, to be read only, where the student will be."""
        return _open(self.folder / "teacher").eval().requires_grad_(False).to(DEVICE)

    def collate(self, rows: list[dict]) -> dict[str, torch.Tensor]:
        """Pad a batch into input_ids, attention_mask and labels (sequences, tokens)."""
        (row,) = rows
        width = max(map(len, row["batch"]))
        ids = torch.zeros(len(row["batch"]), width, dtype=torch.long)
        mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
        for place, found in enumerate(row["batch"]):
            ids[place, : len(found)] = labels[place, : len(found)] = torch.tensor(found)
            mask[place, : len(found)] = 1
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def _open(folder: Path) -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def limit(work: Work, meter: Meter) -> list[float]:
    """The bare student: forward, cross-entropy, backward, clipping, AdamW."""
    optimizer = torch.optim.AdamW(work.student.to(DEVICE).parameters(), lr=RATE, fused=True)
    losses = []
    for row in work.rows:
        batch = {name: values.to(DEVICE) for name, values in work.collate([row]).items()}
        with torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=ON_GPU):
            loss = work.student(**batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(work.student.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        meter.mark()
    return losses


class Marks(TrainerCallback):
    """Reads the clocks after each of a Trainer's steps."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def on_step_end(self, args, state, control, **others) -> None:
        """Called by the Trainer."""
        self.meter.mark()


class WithTeacher(Trainer):
    """What a plain Trainer needs for distillation, as it is usually written."""

    teacher: torch.nn.Module

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """Forward KL, of the predicted tokens alone."""
        chosen = inputs["labels"][:, 1:] != -100
        student = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits[:, :-1][chosen]
        with torch.no_grad():
            teacher = self.teacher(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
        loss = functional.kl_div(
            student.log_softmax(-1), teacher[:, :-1][chosen].log_softmax(-1), reduction="batchmean", log_target=True
        )
        return (loss, None) if return_outputs else loss


def trainer(work: Work, meter: Meter) -> list[float]:
    """A plain transformers Trainer with a KL term."""
    made = WithTeacher(
        work.student,
        TrainingArguments(**arguments(work)),
        data_collator=work.collate,
        train_dataset=work.rows,
        callbacks=[Marks(meter)],
    )
    made.teacher = work.teacher()
    return train(made)


def trl(work: Work, meter: Meter) -> list[float]:
    """TRL's trainer for generalised knowledge distillation, off-policy and with forward KL."""
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    from datasets import Dataset
    from trl.experimental.gkd import GKDConfig, GKDTrainer

    tokenizer = AutoTokenizer.from_pretrained(work.folder / "tokenizer")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    made = GKDTrainer(
        work.student,
        work.teacher(),
        GKDConfig(
            **arguments(work), lmbda=0.0, beta=0.0, temperature=1.0, max_length=None, gradient_checkpointing=False
        ),
        data_collator=work.collate,
        train_dataset=Dataset.from_list(work.rows),
        processing_class=tokenizer,
        callbacks=[Marks(meter)],
    )
    return train(made)


def arguments(work: Work) -> dict:
    """What both trainers are told: this batch, this order, one epoch, nothing written; bf16 on a GPU alone."""
    return {
        "output_dir": str(work.folder / "unused"),
        "per_device_train_batch_size": 1,
        "train_sampling_strategy": "sequential",
        "num_train_epochs": 1,
        "learning_rate": RATE,
        "max_grad_norm": CLIP,
        "lr_scheduler_type": "constant",
        "optim": "adamw_torch_fused",
        "bf16": ON_GPU,
        "use_cpu": not ON_GPU,
        "save_strategy": "no",
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "remove_unused_columns": False,
    }


def train(made: Trainer) -> list[float]:
    """Train, and give the loss of each step."""
    made.train()
    return [line["loss"] for line in made.state.log_history if "loss" in line]


if __name__ == "__main__":
    name, place = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    known = {"limit": limit, "trainer": trainer, "trl": trl}
    if name not in known:
        from peers_torchdistill import torchdistill

        known[name] = torchdistill
    this, clock = Work(place), Meter(warm=WARM)
    clock.report(this.tokens, known[name](this, clock))
