"""How a step's time and memory grow: sequence length, vocabulary, size of the student, ranks.

python benchmarks/training/growth.py

A Llama student with random weights learns from a store of random texts by the product's own loop, on one thread per
rank in fp32. One thing changes at a time. Every row is a process of its own for each rank; its memory is the peak above
what the program holds before.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from alambic.runtime.watchdog import Watchdog
from alambic.stages.distill.examples.continuations import Continuation, PassageCollator
from alambic.stages.distill.families.causal import Causal
from alambic.stages.distill.losses import Objectives
from alambic.training.loop import _Training

WARM, STEPS, BATCH, DRAWN = 1, 3, 8, 10
PEAK = "VmHWM"


@dataclass(frozen=True)
class Setting:
    """What is measured."""

    length: int = 128
    vocabulary: int = 8192
    width: int = 128
    layers: int = 4
    ranks: int = 1


BASE = Setting()
SETTINGS = {
    "as it is": [BASE],
    "length": [replace(BASE, length=value) for value in (256, 512)],
    "vocabulary": [replace(BASE, vocabulary=value) for value in (16384, 49152)],
    "width": [replace(BASE, width=value) for value in (256, 512)],
    "layers": [replace(BASE, layers=value) for value in (8,)],
    "ranks": [replace(BASE, ranks=2)],
}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", type=json.loads, help=argparse.SUPPRESS)
    child = parser.parse_args().child
    if child is not None:
        print(json.dumps(measure(Setting(**child))))
        return
    print("| what | length | vocabulary | parameters, M | ranks | processor s per step | tokens per processor s | MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, settings in SETTINGS.items():
        for one in settings:
            found = on_ranks(one)
            speed = BATCH * one.length / found["processor"] / one.ranks
            row = [name, one.length, one.vocabulary, f"{found['parameters'] / 1e6:.1f}", one.ranks]
            print(
                "|",
                *(f"{value} |" for value in row),
                f"{found['processor']:.2f} | {speed:.0f} | {found['memory']:.0f} |",
            )
            sys.stdout.flush()


def measure(setting: Setting) -> dict[str, float]:
    """Take some steps in this process."""
    torch.set_num_threads(1)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    with tempfile.TemporaryDirectory() as folder:
        training = new_training(setting, Path(folder))
        with Watchdog(Path(folder)) as training.watchdog:
            times = []
            for step in range(1, WARM + STEPS + 1):
                begun = time.process_time()
                training._step(step)
                times.append(time.process_time() - begun)
    found = {
        "processor": sorted(times[WARM:])[STEPS // 2],
        "memory": _memory(PEAK) - before,
        "parameters": sum(value.numel() for value in training.engine.module.parameters()),
    }
    training.engine.destroy()
    return found


def new_training(setting: Setting, folder: Path) -> _Training:
    """Start the product's loop on random texts, of which a teacher said random things."""
    config = LlamaConfig(
        vocab_size=setting.vocabulary,
        hidden_size=setting.width,
        intermediate_size=setting.width * 8 // 3,
        num_hidden_layers=setting.layers,
        num_attention_heads=setting.width // 64,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    student_model = Causal(LlamaForCausalLM(config), teacher=None, first=None, size=setting.vocabulary)
    recipe = SimpleNamespace(batch_size=BATCH, epochs=1, learning_rate=1e-4, weight_decay=0.01, warmup=0.1)
    recipe.max_gradient_norm, recipe.precision = 1.0, "fp32"
    texts = [random_text(setting, seed) for seed in range(BATCH * (WARM + STEPS))]
    objectives = Objectives(student_model, {"forward_kl": {"weight": 1.0}})
    return _Training(
        objectives,
        texts,
        PassageCollator(pad=0, drawn=2 * DRAWN),
        recipe,
        seed=0,
        output=folder,
        lengths=[setting.length] * len(texts),
        augment_epoch=None,
    )


def random_text(setting: Setting, seed: int) -> Continuation:
    """Draw a passage."""
    draw, n = np.random.default_rng(seed), setting.length
    ids, several = draw.integers(setting.vocabulary, size=n), (n - 1, DRAWN)
    codes = draw.integers(256, size=several)
    top, sampled = (draw.integers(setting.vocabulary, size=several) for _ in range(2))
    has_teacher_target = np.arange(n) > 0
    tails, entropies, multi_piece_log_probs = draw.integers(65536, size=n - 1), draw.random(n - 1), np.zeros((n - 1, 0))
    return Continuation(ids, has_teacher_target, top, codes, sampled, tails, entropies, multi_piece_log_probs)


def on_ranks(setting: Setting) -> dict[str, float]:
    """Measure with one process per rank, and give the first one's figures."""
    places = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20000 + os.getpid() % 20000)}
    environment = {**os.environ, **places, "WORLD_SIZE": str(setting.ranks)}
    command = [sys.executable, __file__, "--child", json.dumps(asdict(setting))]
    processes = [
        subprocess.Popen(
            command, env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)}, stdout=subprocess.PIPE, text=True
        )
        for rank in range(setting.ranks)
    ]
    said = [process.communicate()[0] for process in processes]
    found: dict[str, float] = json.loads(said[0].splitlines()[-1])
    return found


def _memory(name: str) -> float:
    """Give a figure of this process, in MB: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
