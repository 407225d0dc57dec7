"""Write an experiment: a student for each number of added pieces and each way in which their vectors start.

python benchmarks/tokenizer/vocabulary_downstream.py write vocabulary.yaml [--few]
make run EXPERIMENT=vocabulary.yaml
python benchmarks/tokenizer/vocabulary_downstream.py show vocabulary.yaml

It is the demo with sixteen students of two layers, the same short training for each, scored on ICD chapters (1,000 test
texts of each wording); the report gives the intervals. Pieces are learnt from all of the demo's texts, for the tenth
that the demo takes holds no more than 1,344 that stand five times; students are distilled on three texts in a hundred.
`--few` compares the ways of starting at two sizes only: ten students. One of them is distilled from two further seeds,
which shows what chance brings before any fine-tuning.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml
from transformers import AutoTokenizer

from alambic import plugins
from alambic.data.documents import read_documents
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment
from alambic.stages.distill.student.vocabulary import mapping
from alambic.stages.tokenizer.byte_fallback import BYTE

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from evaluated import difference, finished, scored, shown

PIECES = [0, 500, 1000, 2000, 5000, 10000]
COMPARED = [1000, 5000]
DEFAULT = "mean_of_parts"
WHOLE = {"normalise": {}, "length": {}, "exact_duplicates": {}}
LAYERS = [5, 11]
DATASETS = ["long", "short"]
DEMO = Path(__file__).parents[2] / "config" / "experiments" / "demo.yaml"


def main() -> None:
    """Write the experiment, or show what is made of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["write", "show"])
    parser.add_argument("target", type=Path)
    parser.add_argument("--few", action="store_true")
    given = parser.parse_args()
    if given.what == "write":
        experiment = experiment_of(students(COMPARED if given.few else PIECES[1:]))
        given.target.write_text(yaml.safe_dump(experiment, sort_keys=False, allow_unicode=True))
    plan = Plan(load_experiment(str(given.target)))
    print(f"{given.target}: {len(plan)} artifacts")
    if given.what == "show":
        show(plan)


def show(plan: Plan) -> None:
    """Print a row per student that is scored, beside the student without new pieces."""
    artifacts = finished(plan)
    facts = {made.name: made.facts for made in artifacts}
    scores, resamples = scored(artifacts, "accuracy")
    found = {(one.model, one.dataset): one for one in scores}
    titles = ["student", "pieces added", "of them in the students' texts", "tokens/word, held out"]
    titles += ["tokens distilled", "parameters, M"]
    titles += [title for dataset in DATASETS for title in (dataset, "against +0")]
    print("| " + " | ".join(titles) + " |\n" + "|---" * len(titles) + "|")
    for name, section in plan.experiment.distill.items():
        if (name, DATASETS[0]) in found:
            tokenizer = facts[f"tokenizer/{section.tokenizer}"]
            fertility, own = tokenizer["fertility"]["held_out"]["after"], facts[f"distill/{name}"]
            cells = [name, tokenizer["pieces"]["added"], seen(plan, section.tokenizer)]
            cells += [f"{fertility:.3f}", f"{own['training']['tokens']:,}", f"{own['parameters'] / 1e6:.1f}"]
            for dataset in DATASETS:
                score, none = found[name, dataset], found["plus0_" + DEFAULT, dataset]
                cells += [shown(score), "" if score is none else difference(score, none, resamples)]
            print("| " + " | ".join(map(str, cells)) + " |")


def seen(plan: Plan, name: str) -> int:
    """Count the learnt pieces that stand in the text on which the students are distilled."""
    folder = plan[f"tokenizer/{name}"].folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    added = [row for row, origin in enumerate(mapping(folder)["origin"]) if origin == "added"]
    pieces = zip(added, tokenizer.convert_ids_to_tokens(added), strict=True)
    learnt = {row for row, piece in pieces if not BYTE.fullmatch(piece)}
    texts = [document.text for document in read_documents(plan["clean/medical"].folder, part="train")]
    return len(learnt.intersection(number for ids in tokenizer(texts)["input_ids"] for number in ids))


def students(compared: list[int]) -> dict[str, dict[str, Any]]:
    """Give what each student sets; all ways of starting at the `compared` numbers of pieces, else the default."""
    chosen = {}
    for added in PIECES:
        for method in plugins.names("stages.distill.initial_vectors") if added in compared else [DEFAULT]:
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
