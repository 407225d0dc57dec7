"""A released model: whole, answering alike in each form, usable by itself, and refused where terms forbid it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from huggingface_hub import ModelCard
from scoring import predict_and_score
from toy_tasks import CASES, RECIPE, WORDS, encoder_in

from alambic.data.inputs import Inputs
from alambic.models.onnx_model import INT8, SINGLE, OnnxModel
from alambic.settings import Finetune, LicenceReport, Release
from alambic.settings.terms import Ingredient, Terms
from alambic.stages.finetune.run import run as finetune
from alambic.stages.release.run import run as release
from alambic.stages.release.use import write_use
from alambic.tasks.head import saved_head
from alambic.tasks.loading import load_task

REPORT = LicenceReport(
    ingredients=[
        Ingredient(path=["finetune.student/toy", "collect.texts"], kind="text", licence="CC-BY-4.0", cite="Toy et al.",
                   terms=Terms(commercial=True)),
        Ingredient(path=["finetune.student/toy", "fetch.base"], kind="weights", licence="LicenseRef-Ours",
                   terms=Terms(commercial=True)),
    ]
)  # fmt: skip


class Made:
    """A toy model that was fine-tuned, scored and released by the stages themselves."""

    def __init__(self, head: str, folder: Path) -> None:
        task, make, _ = CASES[head]
        base, self.tuned, self.output = (folder / name for name in ("base", "tuned", "release"))
        for path in (self.tuned, self.output):
            path.mkdir()
        self.inputs = Inputs(make(folder))
        encoder_in(base)
        (base / "LICENSE.txt").write_text("Ours alone.")
        finetune(
            Finetune(model="x", task=task, recipe=RECIPE.model_copy(update={"epochs": 3}), seed=1),
            Inputs({**self.inputs, "model": [base]}),
            self.tuned,
        )
        tuned = Inputs({**self.inputs, "finetuned": [self.tuned]})
        predict_and_score(folder, task, tuned, finetuned=["x"], seeds=[1])
        self.scored, predicted = folder / "scored", folder / "predicted"
        self.settings = Release(
            name="toy-model",
            finetuned="x",
            predictions="x",
            evaluation="x",
            weights=["base"],
            task=task,
            metrics=task.metrics,
            seed=1,
            licence="Apache-2.0",
            licence_report=REPORT,
        )
        self.given = Inputs({**tuned, "predictions": [predicted], "evaluation": [self.scored], "weights": [base]})
        self.facts = release(self.settings, self.given, self.output)
        self.folder = self.output / "model"
        self.summary: dict[str, Any] = json.loads((self.output / "release.json").read_text())


@pytest.fixture(scope="module", params=list(CASES))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(request.param, tmp_path_factory.mktemp(request.param))


def test_onnx_answers_as_torch_does(made: Made):
    head = saved_head(made.folder)
    preprocessor, model = head.open_preprocessor(made.folder), head.open_model(made.folder)
    examples = [e for part in load_task(made.settings.task, made.inputs).test.values() for e in part][:50]
    examples += [
        head.question(str(n), " ".join([*WORDS, *WORDS][n : n + size])) for n, size in enumerate((1, 5, 12, 25))
    ]
    torch_s, single, small = (
        head.predict(each, preprocessor, examples, max_length=16)
        for each in (model, OnnxModel(made.folder / SINGLE), OnnxModel(made.folder / INT8))
    )
    assert [each.answer for each in torch_s] == [each.answer for each in single]
    for one, other in zip(torch_s, single, strict=True):
        assert np.allclose(one.scores, other.scores, atol=1e-5)
    distances = [np.abs(one.scores - other.scores).max() for one, other in zip(torch_s, small, strict=True)]
    assert 0 < max(distances) < 0.25 and np.mean(distances) < 0.05


def test_each_form_is_scored_on_the_test_texts(made: Made):
    stored = {(r["dataset"], r["metric"]): r for r in json.loads((made.scored / "scores.json").read_text())
              if r["seed"] == "1"}  # fmt: skip
    scores = made.summary["scores"]
    assert {(s["dataset"], s["metric"], s["engine"]) for s in scores} == {
        (*place, engine) for place in stored for engine in ("torch", "onnx", "onnx int8")
    }
    for score in scores:
        expected = stored[score["dataset"], score["metric"]]
        if score["engine"] != "onnx int8":
            assert score["value"] == pytest.approx(expected["value"], abs=1e-9)
        if score["engine"] == "torch":
            assert (score["low"], score["high"]) == (expected["low"], expected["high"])
        else:
            assert score["same_answers"] == 1 if score["engine"] == "onnx" else 0 <= score["same_answers"] <= 1
    sizes = made.summary["sizes"]
    assert sizes == {name: (made.folder / name).stat().st_size for name in sizes} and len(sizes) == 3
    assert made.facts["cpu"] and made.facts["threads"] == 1 and made.facts["largest_error"] < 1e-4


@pytest.mark.parametrize("script", ["example.py", "example_onnx.py"])
def test_the_scripts_run_by_themselves_offline(made: Made, script: str, tmp_path: Path):
    folder = tmp_path / "un dossier à part"
    shutil.copytree(made.folder, folder)
    code = (folder / script).read_text()
    assert script != "example.py" or len([line for line in code.splitlines() if line]) <= 5
    if script == "example_onnx.py":  # it needs no torch
        code = "import sys\nsys.modules['torch'] = sys.modules['transformers'] = None\n" + code
        (folder / script).write_text(code)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, folder / script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if made.settings.task.head != "token_classification":
        assert any(label in done.stdout for label in saved_head(made.folder).labels), done.stdout
    elif script == "example_onnx.py":
        assert "('[CLS]'" in done.stdout


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_tampered_file_is_noticed(made: Made, tmp_path: Path):
    folder = tmp_path / "copy"
    shutil.copytree(made.folder, folder)
    assert check(folder).returncode == 0
    listed = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS"} == {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    content = bytearray((folder / SINGLE).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / SINGLE).write_bytes(content)
    assert check(folder).returncode == 1 and SINGLE in check(folder).stdout


def test_the_card_says_what_a_user_must_know(made: Made):
    card = (made.folder / "README.md").read_text()
    for part in ("# toy-model", "license: apache-2.0", "ONNX, int8", "one thread", "no medical device", "Toy et al.",
                 "finetune.student/toy <- fetch.base: LicenseRef-Ours", "[CC-BY-4.0](LICENSES/CC-BY-4.0.txt)",
                 "[base-LICENSE.txt](LICENSES/base-LICENSE.txt)",
                 "released under Apache-2.0", "SHA256SUMS"):  # fmt: skip
        assert part in card, part
    for score in made.summary["scores"]:
        assert f"{score['value']:.3f}" in card
    for part in ("## For whom it errs", "## Limits", "## Energy", "Not measured.", "# En français",
                 "## Pour qui il se trompe", "pas un dispositif médical", "## To cite"):  # fmt: skip
        assert part in card, part
    assert (made.folder / "LICENSES" / "base-LICENSE.txt").read_text() == "Ours alone."
    assert "Creative Commons" in (made.folder / "LICENSES" / "CC-BY-4.0.txt").read_text()


def test_the_hub_reads_the_card_s_scores(made: Made):
    data = ModelCard.load(made.folder / "README.md").data
    torch_s = {(s["dataset"], s["metric"]): s for s in made.summary["scores"] if s["engine"] == "torch"}
    assert {(each.dataset_name, each.metric_name) for each in data.eval_results} == torch_s.keys()
    for each in data.eval_results:
        score = torch_s[each.dataset_name, each.metric_name]
        assert each.metric_value == pytest.approx(score["value"], abs=1e-6)
        assert each.metric_args["confidence_interval"] == [score["low"], score["high"]]
    assert data.model_name == "toy-model" and data.license == "apache-2.0" and data.language == "fr"
    assert data.get("co2_eq_emissions") is None, "nothing was measured here"


def test_the_card_has_the_groups_of_the_test_texts(made: Made):
    """Toy texts differ in length alone; where they all have one, nothing is claimed."""
    card = (made.folder / "README.md").read_text()
    lengths = {
        len(e.words) or len(e.text.split()) for p in load_task(made.settings.task, made.inputs).test.values() for e in p
    }
    assert ("| words | " in card) == (len(lengths) > 1)
    if len(lengths) == 1:
        assert "nobody can tell from these texts whether it errs more for some patients" in card


def test_the_bill_of_materials_is_cyclonedx(made: Made):
    text = (made.folder / "sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    assert bill["metadata"]["component"]["name"] == "toy-model"
    by_name = {component["name"]: component for component in bill["components"]}
    pins = dict(line.split("==") for line in (made.folder / "requirements.txt").read_text().splitlines())
    assert pins.items() <= {name: each.get("version") for name, each in by_name.items()}.items()
    assert {"torch", "onnxruntime", "transformers"} <= pins.keys() and "huggingface-hub" in by_name
    assert by_name["collect.texts"]["licenses"] == [{"license": {"id": "CC-BY-4.0"}}]
    assert "licenses" in by_name["fetch.base"] and by_name["model.safetensors"]["hashes"]


def test_nothing_of_this_machine_goes_with_it(made: Made):
    assert not {path.name for path in made.folder.iterdir()} & {"manifest.json", "log.txt", "metrics.jsonl"}
    places = [str(made.output.parent).encode(), sys.prefix.encode(), str(Path(torch.__file__).parent).encode()]
    for path in made.folder.rglob("*"):
        if path.is_file():
            assert not [place for place in places if place in path.read_bytes()], path.name


def test_a_model_that_no_plain_pipeline_answers_for_has_no_script(tmp_path: Path):
    write_use(tmp_path, {"text": "running"}, {"torch": "2.13.0"}, onnx=False)
    assert [path.name for path in tmp_path.iterdir()] == ["requirements.txt"]
