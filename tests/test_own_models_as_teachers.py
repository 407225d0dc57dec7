"""A student, and a fine-tuned model, given to another experiment as the folder that Alambic made."""

import json
from pathlib import Path

import pytest
from stage_runner import run_all
from tiny_models import tiny_bert

from alambic.data.local_data import folder_digest
from alambic.data.manifest import Manifest
from alambic.data.model_files import model_digest

WORDS = ["toux", "fievre", "douleur", "asthme", "rein", "coeur", "foie", "peau"]
NAMED = {"rein": "nephrologie", "coeur": "cardiologie", "foie": "hepatologie"}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Give a folder with texts and a model, in which experiments run."""
    folder = tmp_path_factory.mktemp("work")
    texts = folder / "texts"
    texts.mkdir()
    rows = []
    for n in range(120):
        words = [WORDS[(n * k + k) % len(WORDS)] for k in range(1, 8)]
        named = sorted({NAMED[word] for word in words if word in NAMED}) or ["autre"]
        rows.append({"text": f"patient {n} avec {' et '.join(words)}", "specialities": "|".join(named)})
    (texts / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    tiny_bert(folder / "tiny", layers=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def experiment(name: str, model: Path) -> dict:
    """Describe an experiment, from texts to scores, whose teacher is the model in a folder."""
    texts = {"source": "folder", "path": "texts", "digest": folder_digest(Path("texts")), "licence": "CC0-1.0"}
    return {
        "name": name,
        "collect": {"texts": texts},
        "clean": {"medical": {"sources": ["texts"], "steps": {"normalise": {}}, "decontaminate": False}},
        "fetch": {"given": {"origin": "folder", "path": str(model), "digest": model_digest(model), "licence": "MIT"}},
        "tokenizer": {"medical": {"base": "given", "corpus": "medical", "added_pieces": 8}},
        "teach": {"states": {"teacher": "given", "corpus": "medical", "signal": "hidden_states"}},
        "distill": {
            "student": {
                "teacher": "given", "tokenizer": "medical", "corpus": "medical", "signal": "states",
                "layers": [0, 1], "objectives": {"hidden_regression": {}}, "sequence_length": 32, "batch_size": 32,
            }
        },
        "tasks": {"field": {"task": "document_labels", "data": dict.fromkeys(("train", "dev", "test"), "texts")}},
        "finetune": {"models": ["given", "student"], "seeds": [1], "epochs": 1, "max_length": 32},
        "evaluate": {"resamples": 20, "baselines": []},
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(work):
    return run_all(experiment("first", Path("tiny")))


@pytest.mark.parametrize("name", ["distill/student", "finetune/student/field/seed1", "finetune/given/field/seed1"])
def test_what_one_experiment_made_teaches_in_another(made, name):
    folder = made[name].folder
    assert {"manifest.json", "metrics.jsonl"} <= {path.name for path in folder.iterdir()}
    plan = run_all(experiment(name.replace("/", "-"), folder))
    given = plan["fetch/given"]
    assert Manifest.read(given.manifest).stage == "fetch"
    assert Manifest.read(given.manifest).fingerprint == given.fingerprint
    assert not (given.folder / "metrics.jsonl").exists()
    assert json.loads((plan["evaluate/student/field"].folder / "scores.json").read_text())
    assert plan.report.manifest.exists()


def test_the_card_of_a_fine_tuned_model_says_what_it_owes(made):
    card = (made["finetune/student/field/seed1"].folder / "README.md").read_text()
    assert "- text: finetune.student/field <- collect.texts: CC0-1.0" in card
    assert "- weights: finetune.student/field <- distill.student <- fetch.given: MIT" in card
    assert "Verdict: nothing known stands against a release for any use." in card
