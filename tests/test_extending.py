"""The examples of docs/extending.md are whole files that work."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from conftest import copy_workflow

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CHANGE = re.compile(r"^```diff\n--- (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGE = (ROOT / "docs" / "extending.md").read_text()
EXAMPLES = dict(BLOCK.findall(PAGE))
CHANGES = CHANGE.findall(PAGE)


def write_examples(folder: Path, names: Iterable[str]) -> None:
    """Write examples that are whole files into a copy of the project."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(EXAMPLES[name])


def change(file: Path, lines: str) -> None:
    """Add what a block of `diff` adds, each time after the line above it, which the file has once."""
    text = file.read_text()
    for above, added in re.findall(r"^ (.*\n)((?:\+.*\n)+)", lines, re.MULTILINE):
        assert text.count(f"\n{above}") == 1, f"{file} does not have once: {above}"
        text = text.replace(f"\n{above}", f"\n{above}{re.sub('^[+]', '', added, flags=re.MULTILINE)}")
    file.write_text(text)


def snakemake(folder: Path, experiment: str, *arguments: str) -> str:
    """Run the real Snakemake in a copy of the project; give what it prints."""
    command = [sys.executable, "-m", "snakemake", "--configfile", f"config/experiments/{experiment}.yaml"]
    command += ["--profile", "profiles/local.yaml", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout + done.stderr


def test_there_is_an_example_of_every_kind():
    folders = {str(Path(name).parent.relative_to("src/alambic")) for name in EXAMPLES if name.startswith("src")}
    assert folders == {
        "stages/collect/sources", "stages/clean/steps", "stages/fetch/origins", "stages/distill/objectives",
        "stages/distill/initial_vectors", "tasks/datasets", "tasks/heads", "stages/evaluate/metrics",
        "tasks/perturb/perturbations",
        "stages/lengths", "settings",
    }  # fmt: skip


@pytest.mark.slow
def test_the_examples_run_together(tmp_path):
    copy_workflow(tmp_path)
    write_examples(tmp_path, EXAMPLES)
    snakemake(tmp_path, "mine", "publish")
    scores = (tmp_path / "results" / "mine" / "scores.csv").read_text()
    assert "tiny,wording,labels+hurried,test,accuracy" in scores
    assert "tiny,wording,labels,test,balanced_accuracy" in scores and "dictionary,wording" in scores
    assert "tiny,label_length,labels,test,accuracy" in scores and "dictionary,label_length" not in scores
    check_the_head(tmp_path / "artifacts", "tiny/label_length")


def check_the_head(artifacts, item):
    """The example of a head has trained the model, and answers by its own rule: the median of its probabilities."""
    (config,) = artifacts.glob(f"finetune/{item}/seed1/*/config.json")
    assert json.loads(config.read_text())["alambic_head"] == "ordinal_classification"
    steps = [json.loads(line)["loss"] for line in (config.parent / "metrics.jsonl").read_text().splitlines()]
    assert 0 < np.mean(steps[-10:]) < 2 / 9 < np.mean(steps[:10]), "where the three labels are alike it is 2/9 or 5/9"
    (answered,) = artifacts.glob(f"predict/{item}/*/example_scores.parquet")
    scores = pq.read_table(answered)
    labels = json.loads(scores.schema.metadata[b"labels"])
    predicted = {
        row["id"]: row["predicted"] for row in pq.read_table(answered.with_name("predictions.parquet")).to_pylist()
    }
    assert labels == ["short", "middling", "long"] and len(predicted) == scores.num_rows == 200
    for row in scores.to_pylist():
        median = int((np.cumsum(row["scores"]) < 0.5).sum())
        assert json.loads(predicted[row["id"]]) == labels[median]


def add_the_stage(folder: Path) -> None:
    """Copy the project into a folder, and do there what the section "A stage" says."""
    copy_workflow(folder)
    write_examples(folder, (name for name in EXAMPLES if "lengths" in name or "proverbs" in name))
    for name, lines in CHANGES:
        change(folder / name, lines)


def test_the_project_s_tests_of_stages_and_of_its_order_accept_the_stage(tmp_path):
    add_the_stage(tmp_path)
    (tmp_path / "tests" / "settings").mkdir(parents=True)
    tests = ("tests/settings/test_stages.py", "tests/test_architecture.py")
    for name in ("pyproject.toml", "tests/conftest.py", *tests):
        shutil.copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n0", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]


@pytest.mark.slow
def test_a_stage_is_planned_run_and_shown_like_every_other(tmp_path):
    add_the_stage(tmp_path)
    snakemake(tmp_path, "lengths", "publish")
    (folder,) = (tmp_path / "artifacts" / "lengths" / "small").iterdir()
    record = json.loads((folder / "manifest.json").read_text())
    (corpus,) = (tmp_path / "artifacts" / "clean" / "small").iterdir()
    assert record["inputs"] == {"corpus": [json.loads((corpus / "manifest.json").read_text())["fingerprint"]]}
    assert record["facts"] == {"documents": 3, "long": 2}
    assert sorted(json.loads((folder / "lengths.json").read_text()).values()) == [25, 27, 31]
    assert "lengths/small" in json.loads((tmp_path / "results" / "lengths" / "artifacts.json").read_text())
    assert "lengths/small" in (tmp_path / "results" / "lengths" / "report.html").read_text()

    experiment = tmp_path / "config" / "experiments" / "lengths.yaml"
    experiment.write_text(experiment.read_text().replace("longer_than: 25", "longer_than: 24"))
    planned = snakemake(tmp_path, "lengths", "--dry-run", "publish")
    assert set(re.findall(r"^(?:local)?rule (\w+):$", planned, re.MULTILINE)) == {"lengths", "report", "publish"}
