"""What it brings to train on changed copies of the texts: on clean test texts, and on changed ones.

python benchmarks/finetune/augmentation.py write augmentation.yaml && make run EXPERIMENT=augmentation.yaml
python benchmarks/finetune/augmentation.py show augmentation.yaml

One student of two layers (that of vocabulary_downstream.py with 1,000 new pieces), fine-tuned on ICD chapters from 400
wordings for four epochs, and from the same with a changed copy of each for two: as many steps. Three seeds, 1,000 test
texts of each wording, each clean and changed in four ways; training and test share no draw and no abbreviation.
"""

import argparse
import sys
from pathlib import Path

import yaml

from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tokenizer"))
import vocabulary_downstream as vocabulary
from evaluated import difference, finished, scored, shown

STUDENT = f"plus1000_{vocabulary.DEFAULT}"
AUGMENT = {
    "typos": {"rate": 0.03},
    "diacritics": {"rate": 0.5},
    "upper_case": {"rate": 0.5},
    "abbreviations": {"rate": 0.3},
}
PERTURB = {
    "typos": {"typos": {"rate": 0.05}},
    "accents lost": {"diacritics": {}},
    "capitals": {"upper_case": {}},
    "abbreviations": {"abbreviations": {"rate": 0.7}},
}


def write(target: Path) -> None:
    """Write the experiment, and check that it is one."""
    experiment = vocabulary.experiment_of(vocabulary.students([]))
    tokenizer = experiment["distill"][STUDENT]["tokenizer"]
    experiment["name"] = "augmentation"
    experiment["tokenizer"] = {tokenizer: experiment["tokenizer"][tokenizer]}
    experiment["distill"] = {STUDENT: experiment["distill"][STUDENT]}
    task = experiment["tasks"]["icd_chapter"] | {"abbreviations": "icd10", "perturb": PERTURB}
    experiment["tasks"] = {
        "plain": task | {"finetune": {"epochs": 4}},
        "augmented": task | {"finetune": {"epochs": 2}, "augment": AUGMENT},
    }
    experiment["finetune"]["models"] = [STUDENT]
    experiment["report"] = {"title": "What augmentation buys"}
    target.write_text(yaml.safe_dump(experiment, sort_keys=False, allow_unicode=True))
    print(f"{target}: {len(Plan(load_experiment(str(target))))} artifacts")


def show(target: Path) -> None:
    """Print accuracies over seeds with intervals, and the paired difference on the same resamples."""
    scores, resamples = scored(finished(Plan(load_experiment(str(target)))), "accuracy")
    print("| test texts | plain | with changed copies | difference |\n|---|---|---|---|")
    found = {(one.task, one.dataset): one for one in scores if one.model == STUDENT}
    for plain in (one for one in found.values() if one.task == "plain"):
        other = found["augmented", plain.dataset]
        print(f"| {plain.dataset} | {shown(plain)} | {shown(other)} | {difference(other, plain, resamples)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("write", "show"))
    parser.add_argument("experiment", type=Path)
    arguments = parser.parse_args()
    {"write": write, "show": show}[arguments.action](arguments.experiment)
