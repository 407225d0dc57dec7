"""The short examples, each run as its comments say, on a tiny model and a handful of texts of one folder.

Two of them go through Snakemake, where one makes the artifacts that the others share; the others by the jobs' own code.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from stage_runner import run_planned
from tiny_bases import wordpiece
from tiny_models import tiny_model
from transformers import AutoModel, AutoTokenizer

from alambic.commands.lock import lock
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "config" / "experiments" / "examples"
# What a person who has a model of two layers and a minute writes otherwise.
CHANGES = {
    "distil": {"distill": {"student": {"layers": [1], "epochs": 1}}},
    "finetune_and_score": {"finetune": {"seeds": [1], "epochs": 1}, "speed": {"rounds": 0}},
}
COMPLAINTS = ("toux", "fièvre", "douleur", "vertige", "fatigue")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's folder: the examples, changed where they must be, and beside them what their comments ask for."""
    place = tmp_path_factory.mktemp("mes données")
    texts = [f"Le patient {n} a une {COMPLAINTS[n % 5]} du myocarde depuis {n} jours." for n in range(60)]
    (place / "my_texts").mkdir()
    (place / "my_texts/notes.txt").write_text("\n\n".join(texts))
    (place / "my_texts/rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts[:40]))
    rows = [(f"n{n}", text, "cardio" if n % 2 else "pneumo") for n, text in enumerate(texts)]
    write_csv(place / "my_notes.csv", ["id", "text", "label"], rows)
    write_csv(place / "my_predictions.csv", ["id", "label"], [(i, "cardio") for i, _, _ in rows])
    wordpiece(place / "my_model")
    pieces = len(AutoTokenizer.from_pretrained(place / "my_model"))
    tiny_model("bert", pieces=pieces, max_position_embeddings=130).save_pretrained(place / "my_model")
    for example in EXAMPLES.glob("*.yaml"):
        content = yaml.safe_load(example.read_text())
        for section, values in CHANGES.get(example.stem, {}).items():
            for key, value in values.items():
                inner = content.setdefault(section, {})
                inner[key] = {**inner[key], **value} if isinstance(value, dict) else value
        (place / example.name).write_text(yaml.safe_dump(content, sort_keys=False))
    return place


def write_csv(path: Path, header: list[str], rows: list[tuple]) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


def planned(folder: Path, name: str) -> Plan:
    """Pin an example as a person does, and plan it."""
    list(lock(str(folder / f"{name}.yaml"), update=[]))
    return Plan(load_experiment(str(folder / f"{name}.yaml")))


def by_snakemake(folder: Path, name: str) -> Plan:
    plan = planned(folder, name)
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / f"{name}.yaml", "--profile", ROOT / "profiles" / "local.yaml"]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    return plan


def by_jobs(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(folder)
    return run_planned(planned(folder, name))


@pytest.mark.slow
def test_a_tokenizer_a_corpus_and_a_student_each_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = by_snakemake(folder, "distil")
    student = folder / plan["distill/student"].folder
    assert AutoModel.from_pretrained(student).config.num_hidden_layers == 1
    assert "student" in (folder / "results/distil/report.html").read_text()

    before = {path.parent for path in folder.glob("artifacts/*/*/*/manifest.json")}
    plan = by_jobs(folder, "extend_tokenizer", monkeypatch)
    made = {path.parent for path in folder.glob("artifacts/*/*/*/manifest.json")} - before
    assert {path.parts[-3] for path in made} == {"fetch", "tokenizer", "report"}  # the corpus was there
    tokenizer = AutoTokenizer.from_pretrained(folder / plan["tokenizer/own"].folder)
    assert len(tokenizer) > len(AutoTokenizer.from_pretrained(folder / "my_model"))
    assert len(tokenizer.tokenize("myocarde")) < 4

    plan = by_jobs(folder, "clean_corpus", monkeypatch)
    manifest = json.loads((folder / plan["clean/corpus"].manifest).read_text())
    (funnel,) = manifest["facts"]["funnel"].values()
    assert (funnel["collected"], funnel["kept"], funnel["dropped"]) == (41, 40, {"quality: repeats its words": 1})
    assert "corpus" in (folder / plan[f"report/{plan.experiment.name}"].folder / "report.html").read_text()


@pytest.mark.slow
def test_a_model_is_scored_and_so_are_predictions_that_one_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = by_snakemake(folder, "finetune_and_score")
    rows = list(csv.DictReader((folder / "results/finetune_and_score/scores.csv").open()))
    assert {row["model"] for row in rows} == {"model", "dictionary"}
    for item, place in (("model", "first"), ("dictionary", "second")):
        made = folder / plan[f"predict/{item}/notes"].folder
        (folder / place).mkdir()
        shutil.copy(made / "predictions.parquet", folder / place)
    scored = {(row["model"], row["metric"]): float(row["value"]) for row in rows if row["seed"] == "all"}

    # Predictions of a run score as the run did, and the two are tested against each other.
    plan = by_jobs(folder, "compare_runs", monkeypatch)
    report = folder / plan["report/compare_runs"].folder
    again = {(row["model"], row["metric"]): float(row["value"]) for row in scores_of(report) if row["seed"] == "all"}
    names = {"first": "model", "second": "dictionary"}
    assert {(names[model], metric): value for (model, metric), value in again.items()} == scored
    (comparison,) = [row for row in csv.DictReader((report / "comparisons.csv").open()) if row["metric"] == "accuracy"]
    assert (comparison["first"], comparison["second"]) == ("first", "second") and comparison["p"]

    plan = by_jobs(folder, "score_predictions", monkeypatch)
    (row,) = [
        row
        for row in scores_of(folder / plan["report/score_predictions"].folder)
        if row["metric"] == "accuracy" and row["seed"] == "all"
    ]
    assert (row["model"], float(row["value"])) == ("my_system", 0.5)
    assert float(row["low"]) < 0.5 < float(row["high"])


def scores_of(report: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((report / "scores.csv").open()))


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.yaml")))
def test_an_example_names_the_schema_and_leaves_its_pins_to_the_lock(name: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../../experiment.schema.json\n")
    assert load_experiment(str(EXAMPLES / f"{name}.yaml")).name == name
    assert "python -m alambic lock FILE" in text and "make run EXPERIMENT=FILE" in text
