"""Fewer layers or narrower ones, at equal parameters: what a student of the teacher's weights begins and ends with.

python benchmarks/distill/pruning.py [EXPERIMENT] [STEPS] [SEEDS]

The experiment's student `student` in several shapes of about as many parameters, each trained for as many steps (60) on
the same texts in the same order, from as many seeds (3): its loss (hidden_regression: 1 is a student that always says
the teacher's mean) in its first step, and over the last 20, whose texts it meets for the first time. Artifacts up to
the teacher's signal must be there. Each run is told as soon as it is done, on the error stream.
"""

import argparse
import logging
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from first_steps import take_first_steps

LAST = 20
EIGHT, NARROW = {"hidden_size": 288, "intermediate_size": 1184}, {"hidden_size": 256, "intermediate_size": 928}
SHAPES: dict[str, dict[str, Any]] = {
    "4 of 12 layers, whole": {},
    "12 layers, 2/3 as wide": {"layers": [], "width": NARROW},
    "8 of 12 layers, 3/4 as wide": {"layers": [0, 2, 3, 5, 6, 8, 9, 11], "width": EIGHT},
    "4 layers, whole, random": {"initial": "random"},
    "12 layers, 2/3 as wide, random": {
        "layers": [],
        "initial": "random",
        "shape": {**NARROW, "num_attention_heads": 8},
    },
}


def main() -> None:
    """Run every shape from a seed before the next seed, and print a row per shape."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", default="demo")
    parser.add_argument("steps", nargs="?", type=int, default=60)
    parser.add_argument("seeds", nargs="?", type=int, default=3)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    made = Plan(load_experiment(given.experiment))["distill/student"]
    inputs = Inputs({role: [one.folder for one in found] for role, found in made.inputs.items()})
    found: dict[str, list[tuple[int, float, float]]] = {shape: [] for shape in SHAPES}
    with tempfile.TemporaryDirectory() as examples:
        for seed in range(1, given.seeds + 1):
            for shape, changes in SHAPES.items():
                settings = type(made.settings).model_validate({**made.settings.model_dump(), **changes, "seed": seed})
                found[shape].append(trained(settings, inputs, Path(examples), given.steps))
                print(shape, seed, *found[shape][-1], file=sys.stderr, flush=True)
    print("| begins as | parameters | loss of the first step | of the last 20 | spread over seeds |")
    print("|---|---|---|---|---|")
    for shape, runs in found.items():
        counts, first, last = zip(*runs, strict=True)
        spread = f"{stdev(last):.3f}" if len(last) > 1 else ""
        print(f"| {shape} | {counts[0] / 1e6:.1f} M | {mean(first):.2f} | {mean(last):.3f} | {spread} |")


def trained(settings: Any, inputs: Inputs, examples: Path, steps: int) -> tuple[int, float, float]:
    """Train a student; return its parameters, the loss of its first step and the mean of its last ones."""
    prepared, _, _, journal = take_first_steps(settings, inputs, examples, steps)
    losses = [line["hidden_regression"] for _, line in sorted(journal.items())]
    count = sum(parameter.numel() for parameter in prepared.student.parameters())
    return count, losses[0], mean(losses[-LAST:])


if __name__ == "__main__":
    main()
