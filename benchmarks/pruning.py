"""Fewer layers or narrower ones, at equal parameters: what a student of the teacher's weights begins and ends with.

python benchmarks/pruning.py [EXPERIMENT] [SEEDS] [NAME...]

The experiment's student `student` in several shapes of about as many parameters, each trained once over the corpus from
the same seeds (3, unless told otherwise): its loss (hidden_regression: 1 is a student that always says the teacher's
mean) in its first step, and over the last 20 steps, whose texts it meets for the first time. Artifacts up to the
teacher's signal must be there.
"""

import logging
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

from alambic.distill.run import run
from alambic.experiment_file import load_experiment
from alambic.inputs import Inputs
from alambic.journal import read_journal
from alambic.plan import Plan

LAST = 20
EIGHT, NARROW = {"hidden_size": 288, "intermediate_size": 1184}, {"hidden_size": 256, "intermediate_size": 928}
SHAPES: dict[str, dict[str, Any]] = {
    "4 layers of the teacher's 12": {},
    "8 layers, 3/4 as wide, by importance": {"layers": [0, 2, 3, 5, 6, 8, 9, 11], "width": EIGHT},
    "12 layers, 2/3 as wide, by importance": {"layers": [], "width": NARROW},
    "4 layers, random": {"initial": "random"},
    "12 layers, 2/3 as wide, random": {
        "layers": [],
        "initial": "random",
        "shape": {**NARROW, "num_attention_heads": 8},
    },
}


def main() -> None:
    """Print a row per shape as soon as it is measured."""
    name, seeds, *chosen = [*sys.argv[1:], *("demo", "3")[len(sys.argv) - 1 :]]
    logging.disable(logging.INFO)
    made = Plan(load_experiment(name))["distill/student"]
    inputs = Inputs({role: [one.folder for one in found] for role, found in made.inputs.items()})
    print("| begins as | parameters | of them embeddings | first step | last steps | of each seed |")
    print("|---|---|---|---|---|---|")
    for shape in chosen or SHAPES:
        found = [trained(made.settings, inputs, {**SHAPES[shape], "seed": seed}) for seed in range(1, int(seeds) + 1)]
        facts = found[0][0]
        first, last = (mean(one[place] for one in found) for place in (1, 2))
        each = ", ".join(f"{one[2]:.3f}" for one in found)
        sizes = f"{facts['parameters'] / 1e6:.1f} M | {facts['embedding_parameters'] / 1e6:.1f} M"
        print(f"| {shape} | {sizes} | {first:.3f} | {last:.3f} | {each} |", flush=True)


def trained(settings: Any, inputs: Inputs, changes: dict[str, Any]) -> tuple[dict[str, Any], float, float]:
    """Train a student; return its facts, the loss of its first step and the mean of its last ones."""
    changed = type(settings).model_validate({**settings.model_dump(), **changes})
    with tempfile.TemporaryDirectory() as folder:
        facts = run(changed, inputs, Path(folder))
        losses = [line["hidden_regression"] for _, line in sorted(read_journal(Path(folder)).items())]
    return facts, losses[0], mean(losses[-LAST:])


if __name__ == "__main__":
    main()
