"""The examples of docs/extending.md are whole files that work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import copy_workflow

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(BLOCK.findall((ROOT / "docs" / "extending.md").read_text()))


def test_there_is_an_example_of_every_kind():
    folders = {str(Path(name).parent.relative_to("src/alambic")) for name in EXAMPLES if name.startswith("src")}
    assert folders == {
        "stages/collect/sources", "stages/clean/steps", "stages/fetch/origins", "stages/distill/objectives",
        "stages/distill/initial_vectors", "tasks/datasets", "stages/evaluate/metrics", "tasks/perturb/perturbations",
    }  # fmt: skip


@pytest.mark.slow
def test_the_examples_run_together(tmp_path):
    copy_workflow(tmp_path)
    for name, text in EXAMPLES.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "snakemake", "--configfile", "config/experiments/mine.yaml"]
    command += ["--profile", "profiles/local.yaml", "publish"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    scores = (tmp_path / "results" / "mine" / "scores.csv").read_text()
    assert "tiny,wording,labels+hurried,test,accuracy" in scores
    assert "tiny,wording,labels,test,balanced_accuracy" in scores and "dictionary,wording" in scores
