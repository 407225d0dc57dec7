"""From texts to released models by the jobs' own code: an encoder, and a causal model, which has no ONNX form."""

import json
from pathlib import Path

import pytest
from stage_runner import run_all
from tiny_models import tiny_bert, tiny_llama

from alambic.commands.apply.run import apply
from alambic.commands.apply.texts import Reading
from alambic.data.local_data import folder_digest
from alambic.data.model_files import model_digest
from alambic.data.sums_file import check_sums
from alambic.planning.plan import Plan

NAMED = {"rein": "nephrologie", "coeur": "cardiologie", "foie": "hepatologie"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("work")
    texts = folder / "texts"
    texts.mkdir()
    words = [*NAMED, "toux", "douleur"]
    rows = []
    for n in range(60):
        some = [words[n * k % 5] for k in range(1, n % 6 + 2)]
        named = sorted({NAMED[word] for word in some if word in NAMED}) or ["autre"]
        rows.append({"text": f"patient {n} avec {' et '.join(some)}", "specialities": "|".join(named)})
    (texts / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    models = {"reader": tiny_bert(folder / "bert", layers=1), "writer": tiny_llama(folder / "llama", layers=1)}
    (models["reader"] / "LICENSE").write_text("Copyright somebody")
    fetch = {
        name: {"origin": "folder", "path": str(path), "digest": model_digest(path), "licence": "MIT"}
        for name, path in models.items()
    }
    source = {"source": "folder", "path": str(texts), "digest": folder_digest(texts), "licence": "CC-BY-4.0"}
    ready = {f"field-{name}": {"model": name, "task": "field"} for name in models}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = run_all({
            "name": "small",
            "release": {"terms": "open", "models": ready},
            "collect": {"texts": source},
            "fetch": fetch,
            "tasks": {"field": {"task": "document_labels", "data": dict.fromkeys(("train", "dev", "test"), "texts")}},
            "finetune": {"models": list(models), "seeds": [1, 2], "epochs": 1, "max_length": 32},
            "evaluate": {"resamples": 20, "baselines": []},
            "speed": {"rounds": 0},
        })  # fmt: skip
        made.root = folder  # type: ignore[attr-defined]
    return made


@pytest.fixture
def root(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder: Path = plan.root  # type: ignore[attr-defined]
    monkeypatch.chdir(folder)
    return folder


def test_each_is_whole_and_in_the_report(plan: Plan, root: Path):
    summary = (plan.report.folder / "summary.txt").read_text()
    page = (plan.report.folder / "report.html").read_text()
    for name, forms in (("field-reader", 3), ("field-writer", 1)):
        made = plan[f"release/{name}"].folder
        assert "model.safetensors" in check_sums(made / "model")
        content = json.loads((made / "release.json").read_text())
        assert len(content["sizes"]) == forms and str(made / "model") in summary and str(made / "model") in page


def test_weights_bring_the_licence_of_their_authors(plan: Plan, root: Path):
    folder = plan["release/field-reader"].folder / "model"
    assert (folder / "LICENSES" / "reader-LICENSE").read_text() == "Copyright somebody"


def test_a_causal_model_goes_without_onnx_and_says_so(plan: Plan, root: Path):
    folder = plan["release/field-writer"].folder / "model"
    assert not (folder / "onnx").exists() and not (folder / "example_onnx.py").exists()
    card = (folder / "README.md").read_text()
    assert "There is no ONNX form: only encoders are exported, and this is a model of family 'causal'." in card
    assert "onnxruntime" not in (folder / "requirements.txt").read_text()


def test_apply_takes_the_name_of_a_release(plan: Plan, root: Path):
    (root / "notes.txt").write_text("douleur au rein\ntoux\n")
    output = root / "answers.jsonl"
    apply("release/field-reader", ["notes.txt"], Reading(by_line=True), output=output, form="jsonl", threads=1)
    assert all(json.loads(line)["labels"] for line in output.read_text().splitlines())
