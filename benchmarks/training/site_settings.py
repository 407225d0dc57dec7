"""What a site's settings and the precision do to the speed and the memory of a student's training.

python benchmarks/training/site_settings.py EXPERIMENT STUDENT [--steps 100] [--rounds 1] [--only NAME ...]
    [--batch 256]

Each setting trains the first steps of the experiment's student in a process of its own, one after the other, by turns;
what it is trained from must be there. Tokens per second are those of the later half of the steps, memory is the GPU's
where there is one, else the process's.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from first_steps import take_first_steps

SETTINGS: dict[str, dict[str, str]] = {
    "fp32, nothing read ahead": {"precision": "fp32", "ALAMBIC_DATA_WORKERS": "0"},
    "fp32": {"precision": "fp32"},
    "bf16, nothing read ahead": {"precision": "bf16", "ALAMBIC_DATA_WORKERS": "0"},
    "bf16": {"precision": "bf16"},
    "bf16, fused kernels": {"precision": "bf16", "ALAMBIC_KERNELS": "auto"},
    "bf16, activations computed again": {"precision": "bf16", "ALAMBIC_RECOMPUTE": "1"},
    "fp16": {"precision": "fp16"},
}


def main() -> None:
    """Start a process for each setting and round, and print medians; or be one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment")
    parser.add_argument("student")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--batch", type=int)
    parser.add_argument("--precision", help="be a process: train and print its figures")
    parser.add_argument("--examples", type=Path, help="where a process finds them laid out, or leaves them")
    given = parser.parse_args()
    if given.precision:
        print(json.dumps(train_in_part(given)))
        return
    found: dict[str, list[dict[str, float]]] = {name: [] for name in given.only}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(given.rounds):
            for name, figures in found.items():
                figures += in_a_process(SETTINGS[name], Path(folder) / "examples")
    print("| setting | tokens/s | waiting for batches, % | peak memory, MB | loss |\n|---|---|---|---|---|")
    for name, figures in found.items():
        if figures:
            middle = {key: statistics.median(one[key] for one in figures) for key in figures[0]}
            print(
                f"| {name} | {middle['tokens_per_second']:,.0f} | {100 * middle['loading']:.1f} "
                f"| {middle['memory_mb']:,.0f} | {middle['loss']:.4f} |"
            )


def in_a_process(setting: dict[str, str], examples: Path) -> list[dict[str, float]]:
    """Give the figures of one training, none where it failed, which is told."""
    variables = {key: value for key, value in setting.items() if key.isupper()}
    command = [sys.executable, *sys.argv, "--precision", setting["precision"], "--examples", str(examples)]
    done = subprocess.run(command, env=os.environ | variables, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"{setting}: failed with status {done.returncode}", flush=True)
        return []
    return [json.loads(done.stdout.splitlines()[-1])]


def train_in_part(given: argparse.Namespace) -> dict[str, float]:
    """Train the first steps; give tokens per second, the share of the time that batches are waited for, and so on."""
    made = Plan(load_experiment(given.experiment))[f"distill/{given.student}"]
    settings: Any = made.settings
    inputs = Inputs({role: [one.folder for one in found] for role, found in made.inputs.items()})
    size = given.batch or settings.batch_size
    changed = settings.model_copy(update={"batch_size": size, "epochs": 1, "precision": given.precision})
    prepared, drawn, facts, journal = take_first_steps(changed, inputs, given.examples, given.steps)
    times = {step: line["time"] for step, line in journal.items()}
    last, middle = facts["steps"], facts["steps"] // 2
    tokens = float(prepared.lengths[drawn].sum()) * (last - middle) / last
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "tokens_per_second": tokens / (times[last] - times[middle]),
        "loading": facts["loading"],
        "padding": facts["padding"],
        "memory_mb": torch.cuda.max_memory_allocated() / 2**20 if torch.cuda.is_available() else own,
        "loss": facts["final_loss"],
    }


if __name__ == "__main__":
    main()
