"""The shipped experiment takes over what the demo made; its section runs in the graph on models of a test's size."""

import json
from pathlib import Path

import pytest
import yaml
from stage_runner import run_all
from toy_tasks import WORDS, encoder_in

from alambic.data.local_data import folder_digest
from alambic.data.model_files import model_digest
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

SHIPPED = Path(__file__).parents[1] / "config" / "experiments" / "explanations.yaml"


def test_the_shipped_experiment_makes_nothing_that_the_demo_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    demo, ours = (Plan(load_experiment(name)) for name in ("demo", "explanations"))
    new = {name for name in ours if name not in demo or ours[name].fingerprint != demo[name].fingerprint}
    assert {name.split("/")[0] for name in new} == {"predict", "evaluate", "explain", "report"}


def experiment() -> dict:
    """Give the shipped section a task and models of the size of a test."""
    section = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["explain"]["entities"]
    sources = {
        name: {"source": "folder", "path": name, "digest": folder_digest(Path(name)), "licence": "CC0-1.0"}
        for name in ("texts", "drugs", "diseases")
    }
    models = {
        name: {"origin": "folder", "path": name, "digest": model_digest(Path(name)), "licence": "MIT"}
        for name in ("student", "e5")
    }
    return {
        "name": "few_explanations",
        "collect": sources,
        "fetch": models,
        "tasks": {
            "entities": {
                "task": "silver_entities",
                "data": {name: name for name in sources},
                "unseen_share": 0.01,
                "test_share": 0.2,
            }
        },
        "finetune": {"models": [*models], "seeds": [1, 2], "epochs": 10, "batch_size": 16, "learning_rate": 0.003},
        "explain": {"entities": {**section, "examples": 5, "resamples": 100}},
        "evaluate": {"resamples": 100},
        "speed": {"rounds": 0},
    }


def write_rows(folder: str, rows: list[dict[str, str]]) -> None:
    Path(folder).mkdir()
    Path(folder, "texts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("explanations"))
        encoder_in(Path("student"), layers=1)
        encoder_in(Path("e5"), layers=2)
        drugs, diseases = WORDS[6:9], WORDS[9:11]
        write_rows(
            "texts",
            [
                {"text": f"risque de {disease} avec la {drug} {n}"}
                for n in range(10)
                for drug in drugs
                for disease in diseases
            ],
        )
        for folder, names in (("drugs", drugs), ("diseases", diseases)):
            write_rows(folder, [{"text": name, "wording": "long", "chapter": "IX"} for name in names])
        yield run_all(experiment())


def test_the_section_runs_in_the_graph_and_is_on_the_page(made):
    folder = made["explain/entities"].folder
    written = json.loads((folder / "explanations.json").read_text(encoding="utf-8"))
    assert written["counts"]["texts"] >= 20 and {row["system"] for row in written["recommended"]} == {"student", "e5"}
    assert {row["varies"] for row in written["variation"]} >= {"methods", "systems", "model_seeds", "method_seeds"}
    page = (made.report.folder / "report.html").read_text(encoding="utf-8")
    assert "Why models answer as they do" in page and '<mark class="for level4">' in page
