"""What share of one model's score another keeps: the ratio of their means over seeds, with a paired interval.

python benchmarks/evaluate/ratios.py EXPERIMENT student/teacher [FIRST/SECOND ...] [--tasks quaero]

Both models must be evaluated, on these tasks or on all. The interval is the percentile interval of the ratio over the
resamples that both were scored on (of test examples and seeds), as the report's paired tests take the difference.
"""

import argparse
import json

import numpy as np
import pyarrow.parquet as pq

from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

Measure = tuple[str, str]  # dataset and metric


def main() -> None:
    """Print a table: a row per task, measure and pair."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment")
    parser.add_argument("pairs", nargs="+", metavar="FIRST/SECOND")
    parser.add_argument("--tasks", nargs="+")
    given = parser.parse_args()
    plan = Plan(load_experiment(given.experiment))
    level = plan.experiment.evaluate.confidence
    print("| task | measure | pair | first | second | ratio | interval |\n" + "|---" * 7 + "|")
    for task in given.tasks or plan.experiment.tasks:
        for pair in given.pairs:
            (ours, drawn), (theirs, their_drawn) = (scored(plan, model, task) for model in pair.split("/"))
            for measure in ours:
                ratios = drawn[measure] / their_drawn[measure]
                low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
                first, second = ours[measure], theirs[measure]
                cells = [task, " ".join(measure), pair, f"{first:.3f}", f"{second:.3f}", f"{first / second:.3f}"]
                print(f"| {' | '.join(cells)} | [{low:.3f}, {high:.3f}] |")


def scored(plan: Plan, model: str, task: str) -> tuple[dict[Measure, float], dict[Measure, np.ndarray]]:
    """Read a model's scores over all seeds, and their resamples."""
    folder = plan[f"evaluate/{model}/{task}"].folder
    rows = [row for row in json.loads((folder / "scores.json").read_text()) if row["seed"] == "all"]
    values = {(row["dataset"], row["metric"]): float(row["value"]) for row in rows}
    drawn = pq.read_table(folder / "resamples.parquet").to_pylist()
    return values, {(row["dataset"], row["metric"]): np.asarray(row["values"]) for row in drawn}


if __name__ == "__main__":
    main()
