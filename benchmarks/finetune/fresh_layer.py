"""What it brings that a fresh layer between the first token's state and the labels begins as the identity.

python benchmarks/finetune/fresh_layer.py [EXPERIMENT]

The experiment's student on its task `icd_chapter`: fine-tuned on four fifths of the training texts and scored on the
rest, three seeds, with that layer as the identity and as transformers draws it. Artifacts up to the student must be
there; test texts are not read.
"""

import argparse
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

import learning_rates
from learning_rates import apart, score

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment
from alambic.tasks.heads import _labels
from alambic.tasks.loading import load_task

SEEDS = (1, 2, 3)


@contextmanager
def drawn():
    """Leave fresh layers as transformers draws them."""
    whole, _labels.init_identity = _labels.init_identity, lambda model, fresh: None
    yield
    _labels.init_identity = whole


def main() -> None:
    """Print a row per way, a column per seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", default="demo")
    plan = Plan(load_experiment(parser.parse_args().experiment))
    made = plan["finetune/student/icd_chapter/seed1"]
    inputs = Inputs({role: [one.folder for one in found] for role, found in made.inputs.items()})
    data, recipe = apart(load_task(made.settings.task, inputs)), made.settings.recipe
    print(
        "| the fresh layer begins | "
        + " | ".join(f"seed {seed}" for seed in SEEDS)
        + " | mean |\n|---|---|---|---|---|"
    )
    for name in ("as the identity", "as it is drawn"):
        found = []
        for learning_rates.SEED in SEEDS:
            folder: Path = inputs.one("model")
            if name == "as it is drawn":
                with drawn():
                    found.append(score(data, folder, made.settings.task, recipe))
            else:
                found.append(score(data, folder, made.settings.task, recipe))
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in [*found, mean(found)]) + " |", flush=True)


if __name__ == "__main__":
    main()
