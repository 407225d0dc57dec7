"""Write an experiment: a student for each number of added pieces and each way in which their vectors start.

python benchmarks/vocabulary_downstream.py vocabulary.yaml && make run EXPERIMENT=vocabulary.yaml

It is the demo with sixteen students instead of two, the same short training for each, scored on ICD chapters; the
report gives the intervals.
"""

import sys
from pathlib import Path

import yaml

from alambic import plugins
from alambic.experiment_file import load_experiment
from alambic.plan import Plan

PIECES = [0, 500, 1000, 2000, 5000, 10000]
DEMO = Path(__file__).parents[1] / "config" / "experiments" / "demo.yaml"


def main() -> None:
    """Write the experiment, and check that it is one."""
    experiment = yaml.safe_load(DEMO.read_text())
    student, tokenizer = experiment["distill"]["student"], experiment["tokenizer"]["medical"]
    methods = plugins.names("distill.initial_vectors")
    cells = [(0, "mean_of_parts"), *((added, method) for added in PIECES[1:] for method in methods)]
    experiment["name"] = "vocabulary"
    experiment["tokenizer"] = {f"plus{added}": {**tokenizer, "added_pieces": added} for added in PIECES}
    experiment["distill"] = {
        f"plus{added}_{method}": {**student, "tokenizer": f"plus{added}", "initial_vectors": method}
        for added, method in cells
    }
    experiment["tasks"] = {"icd_chapter": experiment["tasks"]["icd_chapter"]}
    experiment["collect"].pop("atc")
    experiment["finetune"] |= {"models": list(experiment["distill"]), "by_model": {}}
    experiment["report"] = {"title": "What each added piece of vocabulary buys"}
    target = Path(sys.argv[1])
    target.write_text(yaml.safe_dump(experiment, sort_keys=False, allow_unicode=True))
    print(f"{target}: {len(Plan(load_experiment(str(target))))} artifacts")


if __name__ == "__main__":
    main()
