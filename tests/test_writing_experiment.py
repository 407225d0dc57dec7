"""The experiment on models that write in small, whole: tiny models, each of its tasks, and what its page tells."""

import csv
import html
import json
import re
from pathlib import Path

import pytest
import yaml
from stage_runner import run_all
from tiny_models import tiny_bert, tiny_llama

from alambic.commands.judge.new import Choices, make_forms
from alambic.commands.outputs import read_outputs
from alambic.commands.publish import publish
from alambic.data.local_data import folder_digest
from alambic.data.manifest import Manifest
from alambic.data.model_files import model_digest
from alambic.data.predictions import read_predictions
from alambic.planning.plan import Plan
from alambic.stages.collect.sources import icd10_fr
from alambic.tasks.exercises.line import read_lines

SHIPPED = Path(__file__).parents[1] / "config" / "experiments" / "writing.yaml"
MODELS = ["writer", "causal"]
PROMPTED = "llama_few_shot"
WRITTEN = ["wordings", "sentences", "titles", "exercises"]
WITHOUT_MODEL = ["wordings", "sentences", "titles", "reading"]


def experiment() -> dict:
    """Describe the tasks of `writing`, and that of summaries, by models of the size of a test."""
    student = {
        "corpus": "labels", "layers": [1], "objectives": {"cross_entropy": {}},
        "sequence_length": 32, "batch_size": 64, "epochs": 1,
    }  # fmt: skip
    few = {"train_limit": 60, "test_limit": 30}
    made = {"source": "synthetic_exercises", "kinds": ["atc_group"], "exercises": 60, "distractors": 2}
    return {
        "name": "few_writers",
        "collect": {
            "table": local("labels"),
            "notes": local("notes"),
            "atc": {"source": "atc_drugs"},
            "made": made,
            "asked": {**made, "open_share": 0, "seed": 1},
        },
        "clean": {
            "labels": {
                "sources": ["table"], "steps": {"sample": {"share": 0.1}, "normalise": {}}, "decontaminate": False,
            },
        },
        "fetch": {
            name: {"origin": "folder", "path": name, "digest": model_digest(Path(name)), "licence": "MIT"}
            for name in ("bert", "llama")
        },
        "tokenizer": {name: {"base": name, "corpus": "labels", "added_pieces": 30} for name in ("bert", "llama")},
        "teach": {"llama_tokens": {"teacher": "llama", "corpus": "labels", "signal": "next_tokens"}},
        "distill": {
            "writer": {**student, "family": "encoder_decoder", "teacher": "bert", "tokenizer": "bert"},
            "causal": {
                **student, "family": "causal", "teacher": "llama", "tokenizer": "llama",
                "signal": "llama_tokens",
                "objectives": {"forward_kl": {}},
            },
        },
        "tasks": {
            "wordings": {"task": "normalised_wordings", "data": {"labels": "table"}, **few},
            "sentences": {
                "task": "denoised_texts", "data": {"texts": "notes", "wordings": "table"}, "abbreviated": 0.3, **few,
            },
            "titles": {
                "task": "summaries",
                "data": {"texts": "notes", "drugs": "atc", "diseases": "table"},
                "metrics": ["rouge_l", "entities_kept", "drugs_invented", "numbers_invented", "empty_share"],
                "shortest_text": 10,
                **few,
            },
            "exercises": {
                "task": "exercises",
                "data": {"train": "made"},
                "metrics": [
                    "exercise_form", "exercise_distractors", "exercise_answerable", "exercise_novelty",
                    "exercise_repetition", "chrf",
                ],
                "reader": "writer/reading/seed1",
                **few,
            },
            "reading": {
                "task": "multiple_choice_questions", "data": {"train": "asked"},
                "question_column": "text_and_question", **few,
            },
        },
        "finetune": {
            "models": MODELS, "seeds": [1], "epochs": 1, "batch_size": 16, "learning_rate": 3e-3, "max_length": 64,
        },
        "predict": {"few_shot": {PROMPTED: {"model": "llama", "shots": 1}}},
        "evaluate": {"resamples": 100},
        "speed": {"rounds": 0},
        "report": {"compare": [["writer", "causal"], ["writer", "dictionary"], ["causal", PROMPTED]]},
    }  # fmt: skip


def local(folder: str) -> dict:
    return {"source": "folder", "path": folder, "digest": folder_digest(Path(folder)), "licence": "CC0-1.0"}


def write_data() -> None:
    """Write both wordings of the labels of one chapter, and notes that begin with a title."""
    columns = ("code", "chapter", "wording")
    labels = [
        {"text": label.text, **{name: label.metadata[name] for name in columns}}
        for label in icd10_fr.fetch(external_causes=0)
        if label.metadata["chapter"] == "X"
    ]
    notes = [
        {
            "text": f"Un cas de {name} traité à domicile\n\nLe patient numéro {number} a une {name}. Il reçoit du "
            f"paracétamol, {number} mg par jour. Il n'a pas de fièvre."
        }
        for number, name in enumerate(["pneumonie", "bronchite", "grippe", "pleurésie", "toux"] * 12, 1)
    ]
    for folder, rows in (("labels", labels), ("notes", notes)):
        Path(folder).mkdir()
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        Path(folder, "texts.jsonl").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """Run it once; give the plan, in its folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("writing"))
        tiny_bert(Path("bert"), letters_per_piece=2)
        tiny_llama(Path("llama"), reads=1024)
        write_data()
        plan = run_all(experiment())
        publish(plan.experiment)
        yield plan


@pytest.fixture(scope="module")
def scores(made: Plan) -> dict[tuple[str, str, str], float]:
    """Give the score of each system, task and metric, over all seeds."""
    with Path("results/few_writers/scores.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["seed"] == "all"]
    return {(row["model"], row["task"], row["metric"]): float(row["value"]) for row in rows}


def test_the_shipped_experiment_asks_for_nothing_that_is_not_run_here(made: Plan) -> None:
    shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    here = experiment()
    for part in ("source", "task"):
        kinds = [
            {item[part] for item in content["collect" if part == "source" else "tasks"].values()}
            for content in (shipped, here)
        ]
        assert kinds[0] - {"icd10_fr", "ansm_interactions"} <= kinds[1]
    assert shipped["tasks"]["exercises"]["metrics"] == here["tasks"]["exercises"]["metrics"]
    families = [{s.get("family") for s in content["distill"].values()} for content in (shipped, here)]
    assert families[0] == families[1] == {"encoder_decoder", "causal"}


def test_each_system_is_scored_on_each_task(made: Plan, scores: dict[tuple[str, str, str], float]) -> None:
    expected = {
        (model, name, metric)
        for name, task in made.experiment.tasks.items()
        for model in (*MODELS, PROMPTED, *(["dictionary"] if name in WITHOUT_MODEL else []))
        for metric in task.metrics
    }
    assert scores.keys() == expected and all(0 <= value <= 1 for value in scores.values())
    assert scores["dictionary", "wordings", "code_recovered"] > 0.2
    assert scores["dictionary", "sentences", "chrf"] > 0.5, "what is noisy is still like what is clean"
    assert scores["dictionary", "titles", "drugs_invented"] == scores["dictionary", "titles", "empty_share"] == 0


def test_what_is_no_exercise_is_counted_by_its_reason(made: Plan, scores: dict[tuple[str, str, str], float]) -> None:
    for model in MODELS:
        outputs = read_outputs(f"predict/{model}/exercises")
        assert all(read_lines(outputs.right.values())[0]), "what is learnt are exercises"
        exercises, failures = read_lines(outputs.texts.values())
        facts = Manifest.read(made[f"evaluate/{model}/exercises"].manifest).facts
        assert facts.get("failures", {}).get("exercise_form", {}) == failures
        form = 1 - failures.total() / len(exercises)
        assert len(exercises) >= 10 and scores[model, "exercises", "exercise_form"] == pytest.approx(form)
        assert made[f"evaluate/{model}/exercises"].inputs["reader"] == [made["finetune/writer/reading/seed1"]]


def test_what_is_odd_in_texts_and_outputs_is_counted(made: Plan) -> None:
    facts = {
        (model, task): Manifest.read(made[f"predict/{model}/{task}"].manifest).facts
        for model in MODELS
        for task in WRITTEN
    }
    assert facts["causal", "exercises"]["targets_longer_than_written"] > 10, "of 64 tokens it writes half at most"
    assert facts["causal", "titles"]["texts_longer_than_read"] == facts["causal", "titles"]["test_texts"]["test"]
    assert "texts_longer_than_read" not in facts["causal", "sentences"]
    assert facts["writer", "sentences"]["targets_that_the_tokenizer_cannot_write"] == 30, "it knows no capitals"


def test_the_page_says_what_is_synthetic_and_compares_both_families(made: Plan) -> None:
    page = Path("results/few_writers/report.html").read_text(encoding="utf-8")
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
    assert "The texts of reading and exercises were made by a program" in text
    with Path("results/few_writers/comparisons.csv").open(encoding="utf-8", newline="") as stream:
        compared = {(row["first"], row["second"], row["task"]) for row in csv.DictReader(stream)}
    assert {task for *pair, task in compared if pair == ["writer", "causal"]} == made.experiment.tasks.keys()
    assert {task for *pair, task in compared if pair == ["causal", PROMPTED]} == made.experiment.tasks.keys()
    assert {task for *pair, task in compared if pair == ["writer", "dictionary"]} == {*WITHOUT_MODEL}
    assert f"{PROMPTED} (examples: 1): not trained on any task." in text


def test_what_a_prompted_model_was_shown_is_kept_with_its_answers(made: Plan) -> None:
    for task in made.experiment.tasks:
        predicted = made[f"predict/{PROMPTED}/{task}"]
        record = json.loads((predicted.folder / "prompt.json").read_text(encoding="utf-8"))
        facts = Manifest.read(predicted.manifest).facts
        assert (len(record["examples"]), len(record["examples_left_out"])) == (facts["shots"], facts["shots_left_out"])
        assert facts["shots"] + facts["shots_left_out"] == 1 and record["prompt"].startswith("Voici des ")
        answered = {name for part in read_predictions(predicted.folder).parts for name in part.ids}
        assert not {*record["examples"]} & answered, "they are of the training part"


def test_people_can_judge_what_was_written(made: Plan) -> None:
    systems = {model: f"predict/{model}/titles" for model in MODELS}
    choices = Choices("summaries", "", "", judges=2, items=4, seed=0, system_seed="", language="fr")
    make_forms(systems, choices, Path("judgement"))
    key = json.loads(Path("judgement/key.json").read_text(encoding="utf-8"))
    assert key["texts"].keys() == {*MODELS, "reference"} and len(key["judges"]["judge2"]) == 4
    page = Path("judgement/judge1.html").read_text(encoding="utf-8")
    assert "traité à domicile" in page and "predict/" not in page
