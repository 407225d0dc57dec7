"""Alambic in a process of its own: python benchmarks/support/peers_ours.py online|stored FOLDER (see peers.py).

The product's own loop, from the same weights; the batches that its order gives are those of `batches.json`.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from peers_meter import Meter
from transformers import AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.runtime.watchdog import Watchdog
from alambic.settings import Distill
from alambic.stages.distill.families import causal
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.student_setup import StudentSetup
from alambic.training.loop import _Training

WARM = 1
LENGTH, SEED = 128, 0
SHAPE = {
    "hidden_size": 384,
    "num_hidden_layers": 7,
    "num_attention_heads": 6,
    "num_key_value_heads": 3,
    "intermediate_size": 1024,
}


def inputs_of(folder: Path) -> Inputs:
    """Where `peers.py` left the artifacts."""
    return Inputs({name: [folder / name] for name in ("teacher", "corpus", "tokenizer", "signal")})


def settings_of(*, online: bool, batch: int) -> Distill:
    """Ask for the student; in bf16 on a GPU, as the others."""
    return Distill.model_validate(
        {"family": "causal", "teacher": "t", "tokenizer": "v", "corpus": "c", "initial": "random", "shape": SHAPE}
        | {"objectives": {"forward_kl": {}}, "batch_size": batch, "sequence_length": LENGTH, "learning_rate": 5e-4}
        | {"epochs": 1, "seed": SEED, "precision": "bf16" if torch.cuda.is_available() else "fp32"}
        | ({"online": True} if online else {"signal": "s"})
    )


def prepare(folder: Path, *, online: bool, batch: int, work: Path) -> StudentSetup:
    """Build the student and what it is trained on, as the stage does; examples are written down in `work`."""
    tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
    torch.manual_seed(SEED)
    return causal.prepare(settings_of(online=online, batch=batch), inputs_of(folder), tokenizer, work)


def main(way: str, folder: Path) -> None:
    """Take every step of one epoch."""
    batch = max(map(len, json.loads((folder / "batches.json").read_text())))
    settings = settings_of(online=way == "online", batch=batch)
    work = folder / f".work-{way}"
    work.mkdir(exist_ok=True)
    setup = prepare(folder, online=settings.online, batch=batch, work=work / "examples")
    training = _Training(
        Objectives(setup.student_model, settings.objectives),
        setup.examples,
        setup.collate,
        settings,
        seed=SEED,
        output=work,
        lengths=setup.lengths,
        augment_epoch=setup.augment_epoch,
    )
    meter, losses, begun = Meter(warm=WARM), [], time.perf_counter()
    with Watchdog(work) as training.watchdog:
        for step in range(1, training.steps + 1):
            losses.append(training._step(step)["loss"])
            meter.mark()
    tokens = [int(np.sum(setup.lengths[batch])) for batch in training.schedule.batches_of(0)]
    meter.report(tokens, losses, **training.loader.facts(time.perf_counter() - begun))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1], Path(sys.argv[2]))
