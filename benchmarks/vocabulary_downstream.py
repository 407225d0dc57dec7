"""Write an experiment: a student for each number of added pieces and each way in which their vectors start.

python benchmarks/vocabulary_downstream.py vocabulary.yaml [--few] && make run EXPERIMENT=vocabulary.yaml

It is the demo with sixteen students of two layers, the same short training for each, scored on ICD chapters (1,000 test
texts of each wording); the report gives the intervals. Pieces are learnt from all of the demo's texts, for the tenth
that the demo takes holds no more than 1,344 that stand five times; students are distilled on three texts in a hundred.
`--few` compares the ways of starting at two sizes only: ten students. One of them is distilled from two further seeds,
which shows what chance brings before any fine-tuning.
"""

import argparse
from pathlib import Path
from typing import Any

import yaml

from alambic import plugins
from alambic.experiment_file import load_experiment
from alambic.plan import Plan

PIECES = [0, 500, 1000, 2000, 5000, 10000]
COMPARED = [1000, 5000]
DEFAULT = "mean_of_parts"
WHOLE = {"normalise": {}, "length": {}, "exact_duplicates": {}}
LAYERS = [5, 11]
DEMO = Path(__file__).parents[1] / "config" / "experiments" / "demo.yaml"


def main() -> None:
    """Write the experiment, and check that it is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path)
    parser.add_argument("--few", action="store_true")
    given = parser.parse_args()
    experiment = experiment_of(students(COMPARED if given.few else PIECES[1:]))
    given.target.write_text(yaml.safe_dump(experiment, sort_keys=False, allow_unicode=True))
    print(f"{given.target}: {len(Plan(load_experiment(str(given.target))))} artifacts")


def students(compared: list[int]) -> dict[str, dict[str, Any]]:
    """Give what each student sets; all ways of starting at the `compared` numbers of pieces, else the default."""
    chosen = {}
    for added in PIECES:
        for method in plugins.names("distill.initial_vectors") if added in compared else [DEFAULT]:
            chosen[f"plus{added}_{method}"] = {"tokenizer": f"plus{added}", "initial_vectors": method}
    again = chosen[f"plus1000_{DEFAULT}"]
    return chosen | {f"plus1000_{DEFAULT}_seed{seed}": {**again, "seed": seed} for seed in (1, 2)}


def experiment_of(chosen: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Make the demo's experiment one of these students, on one task."""
    experiment = yaml.safe_load(DEMO.read_text())
    student, tokenizer = experiment["distill"]["student"], experiment["tokenizer"]["medical"]
    experiment["name"] = "vocabulary"
    experiment["clean"]["whole"] = {"sources": experiment["clean"]["medical"]["sources"], "steps": WHOLE}
    experiment["clean"]["medical"]["steps"]["sample"] = {"share": 0.03}
    whole = {**tokenizer, "corpus": "whole", "minimum_count": 2}
    experiment["tokenizer"] = {f"plus{added}": {**whole, "added_pieces": added} for added in PIECES}
    experiment["distill"] = {name: {**student, "layers": LAYERS, **own} for name, own in chosen.items()}
    experiment["tasks"] = {"icd_chapter": experiment["tasks"]["icd_chapter"] | {"test_limit": 1000}}
    experiment["collect"].pop("atc")
    experiment["finetune"] |= {"models": list(chosen), "by_model": {}}
    pairs = [[name, "plus0_" + DEFAULT] for name in chosen if not name.startswith("plus0")]
    experiment["report"] = {"title": "What each added piece of vocabulary buys", "compare": pairs}
    return experiment


if __name__ == "__main__":
    main()
