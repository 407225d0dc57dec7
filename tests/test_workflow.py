"""What a change runs again, with the real Snakemake on the artifacts of a real run."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# The tail of every run that has something to show anew.
SHOW = {"report": 1, "publish": 1, "track": 1, "all": 1}
CHAIN = {"distill": 1, "finetune": 1, "predict": 1, "evaluate": 1, "speed": 1}


@pytest.fixture
def edited(smoke_run, tmp_path):
    """A copy of the code and the experiment over the artifacts of the smoke run."""
    return smoke_run.copy(tmp_path)


def change(checkout, place: str, value: object) -> None:
    experiment = checkout.experiment
    *steps, last = place.split("/")
    inner = experiment
    for step in steps:
        inner = inner.setdefault(step, {})
    inner[last] = value
    checkout.write(experiment)


def test_nothing_changed_runs_nothing(smoke_run):
    assert smoke_run.jobs() == {}
    done = smoke_run.snakemake()
    assert done.returncode == 0 and "Nothing to be done" in done.stdout + done.stderr


def test_every_stage_left_a_whole_artifact_and_the_results_are_there(smoke_run):
    stages = {path.name for path in (smoke_run.work / "artifacts").iterdir()}
    assert stages == {
        "collect", "clean", "fetch", "tokenizer", "teach", "distill", "finetune", "predict", "evaluate", "speed",
        "report",
    }  # fmt: skip
    results = smoke_run.work / "results" / "smoke"
    header = (results / "scores.csv").read_text().splitlines()[0]
    assert header == "model,task,dataset,split,metric,signature,value,low,high,seed"
    folders = json.loads((results / "artifacts.json").read_text())
    assert all((smoke_run.work / folder / "manifest.json").exists() for folder in folders.values())
    assert (results / "report.html").stat().st_size > 10_000


NO_EFFECT = {
    "a comment": ("src/alambic/stages/distill/run.py", "def run(", "# a comment\n\n\ndef run("),
    "a docstring": (
        "src/alambic/stages/distill/run.py",
        '"""Train a student on a corpus',
        '"""Teach a student on a corpus',
    ),
    "formatting": ("src/alambic/data/documents.py", "def write_table(", "def write_table(  # formatting\n    "),
    "a rule's docstring": (
        "workflow/rules/stages.smk",
        "Bring the documents of one source;",
        "Bring one source's documents;",
    ),
    "an unused objective": ("src/alambic/stages/distill/objectives/hidden_cosine.py", "return mean", "return 2 * mean"),
}


def test_what_changes_no_result_runs_nothing(edited):
    """All of them at once: what Snakemake would run says which of them has an effect."""
    for change in NO_EFFECT.values():
        edited.edit(*change)
    assert edited.jobs() == {}


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        (
            "clean/medical/steps/length",
            {"min_characters": 4},
            {
                "clean": 1,
                "tokenizer": 1,
                "teach": 1,
                "distill": 2,
                "finetune": 2,
                "predict": 2,
                "evaluate": 2,
                "speed": 1,
            },
        ),
        (
            "tokenizer/medical/added_pieces",
            90,
            {"tokenizer": 1, "distill": 2, "finetune": 2, "predict": 2, "evaluate": 2, "speed": 1},
        ),
        ("distill/student/objectives/hidden_regression", {"weight": 2.0}, CHAIN),
        ("tasks/icd_chapter/train_limit", 190, {"finetune": 2, "predict": 3, "evaluate": 3, "speed": 1}),
        ("tasks/icd_chapter/test_limit", 90, {"predict": 3, "evaluate": 3, "speed": 1}),
        # Other test texts must stay out of the corpus: it is made anew.
        (
            "tasks/icd_chapter/test_share",
            0.3,
            {
                "clean": 1,
                "tokenizer": 1,
                "teach": 1,
                "distill": 2,
                "finetune": 2,
                "predict": 3,
                "evaluate": 3,
                "speed": 1,
            },
        ),
        ("finetune/epochs", 2, {"finetune": 2, "predict": 2, "evaluate": 2, "speed": 1}),
        ("evaluate/resamples", 100, {"evaluate": 3}),
        ("finetune/seeds", [1, 2], {"finetune": 2, "predict": 2, "evaluate": 2}),
        ("report/title", "Another title", {}),
    ],
)
def test_a_setting_runs_what_lies_below_it(edited, place, value, expected):
    change(edited, place, value)
    assert edited.jobs() == {**expected, **SHOW}


@pytest.mark.parametrize(
    ("old", "new", "also"),
    [
        ("METRICS = ", "CHANGED = 1\nMETRICS = ", set()),
        ('conversion=f"', 'conversion=f"changed|', set()),
        # The code that chooses the test texts, which every corpus leaves out.
        ("def _scored(", "CHANGED = 1\n\n\ndef _scored(", set()),
        ("< test_share", "<= test_share", {"medical", "e5_states", "student", "control", "speed"}),
    ],
)
def test_a_task_s_code_runs_that_task_alone(edited, old, new, also):
    """And the corpus, only where what changed chooses the texts that it has to leave out."""
    experiment = edited.experiment
    data = {"texts": "ansm", "drugs": "atc", "diseases": "icd10"}
    experiment["tasks"]["entities"] = {"task": "silver_entities", "data": data}
    edited.write(experiment)
    before = fingerprints(edited)
    edited.edit("src/alambic/tasks/datasets/silver_entities.py", old, new)
    after = fingerprints(edited)
    changed = {name for name in before if before[name] != after[name]}
    touched = {"entities", "smoke"} | also
    assert changed == {name for name in before if touched & set(name.split("/"))}


def fingerprints(checkout) -> dict[str, str]:
    """What each item is made from, by today's code of the checkout."""
    code = "import json, sys; from alambic.settings.experiment_file import load_experiment;"
    code += "from alambic.planning.plan import Plan;"
    code += "print(json.dumps({name: one.fingerprint for name, one in Plan(load_experiment(sys.argv[1])).items()}))"
    env = {**os.environ, "PYTHONPATH": str(checkout.code / "src")}
    command = [sys.executable, "-c", code, str(checkout.config)]
    return json.loads(subprocess.run(command, cwd=checkout.work, env=env, capture_output=True, check=True).stdout)


def test_a_stage_s_code_runs_that_stage_and_what_lies_below(edited):
    edited.edit("src/alambic/stages/distill/objectives/hidden_regression.py", "return mean", "return 2 * mean")
    assert edited.jobs() == {**CHAIN, **SHOW}


def test_a_new_student_runs_its_chain_alone(edited):
    experiment = edited.experiment
    experiment["distill"]["small"] = {**experiment["distill"]["student"], "layers": [11]}
    experiment["finetune"]["models"].append("small")
    edited.write(experiment)
    assert edited.jobs() == {**CHAIN, **SHOW}


def test_a_model_is_fine_tuned_beside_what_another_predicts(smoke_run, tmp_path):
    """For real: what is fine-tuned already predicts the corpus, and nothing else runs again."""
    work = tmp_path / "work"
    shutil.copytree(smoke_run.work, work, symlinks=True)
    there = smoke_run.copy(tmp_path / "there", work=work)
    experiment = there.experiment
    experiment["finetune"]["models"].append("pupil")
    experiment["finetune"]["task_distillation"] = {
        "pupil": {"model": "control", "teacher": "student", "corpus": "medical"}
    }
    there.write(experiment)
    assert there.jobs() == {"teach": 1, "finetune": 1, "predict": 1, "evaluate": 1, "speed": 1, **SHOW}
    done = there.snakemake("publish")
    assert done.returncode == 0, done.stdout + done.stderr
    results = work / "results" / "smoke"
    assert any(line.startswith("pupil,icd_chapter,") for line in (results / "scores.csv").read_text().splitlines())
    assert "pupil (student)" not in (results / "report.html").read_text()  # a control is a control, whoever helps
    folders = json.loads((results / "artifacts.json").read_text())
    said = json.loads((work / folders["teach/student/icd_chapter/seed1/medical"] / "manifest.json").read_text())
    learnt = json.loads((work / folders["finetune/pupil/icd_chapter/seed1"] / "manifest.json").read_text())
    assert learnt["inputs"]["signal"] == [said["fingerprint"]]
    assert learnt["facts"]["examples"] > said["facts"]["documents"] + learnt["facts"]["windows"] - 1


def test_resources_run_nothing(edited):
    edited.edit("profiles/local.yaml", "distill: 8", "distill: 1")
    assert edited.jobs("--set-resources", "distill:micro_batch=4", "distill:nodes=2") == {}


def test_back_to_an_earlier_configuration_shows_it_again(smoke_run, tmp_path):
    """The report alone runs: first a change of the report, then back."""
    work = tmp_path / "work"
    shutil.copytree(smoke_run.work, work, symlinks=True)
    there = smoke_run.copy(tmp_path / "there", work=work)
    change(there, "report/title", "Another title")
    done = there.snakemake("publish")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Another title" in (work / "results" / "smoke" / "report.html").read_text()
    back = smoke_run.copy(tmp_path / "back", work=work)
    assert set(back.jobs()) <= set(SHOW)
    done = back.snakemake("publish")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Another title" not in (work / "results" / "smoke" / "report.html").read_text()


def test_a_copy_with_other_dates_and_no_memory_runs_nothing(smoke_run, tmp_path):
    work = tmp_path / "elsewhere"
    shutil.copytree(smoke_run.work, work)
    shutil.rmtree(work / ".snakemake")
    for path in work.rglob("*"):
        moment = random.Random(str(path.relative_to(work))).uniform(1e9, 1.7e9)
        os.utime(path, (moment, moment))
    assert smoke_run.copy(tmp_path / "copy", work=work).jobs() == {}


def test_a_refactoring_declared_neutral_runs_nothing(edited):
    edited.edit(
        "src/alambic/stages/distill/run.py", "LOWEST_COVERAGE = ", "RENAMED = 0  # no effect\nLOWEST_COVERAGE = "
    )
    assert edited.jobs() == {"distill": 2, "finetune": 2, "predict": 2, "evaluate": 2, "speed": 1, **SHOW}
    adopted = alambic(edited, "adopt", str(edited.config), "--why", "a name that changes nothing")
    assert adopted.returncode == 0, adopted.stderr
    assert edited.jobs() == {}
    lines = (edited.code / "src" / "alambic" / "planning" / "adopted.jsonl").read_text().splitlines()
    assert len(lines) == 2, "one for each set of objectives, which is what a student's code depends on"
    assert all({"who", "when", "why", "code", "counts_as"} <= json.loads(line).keys() for line in lines)


def alambic(checkout, *arguments: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PYTHONPATH": str(checkout.code / "src")}
    command = [sys.executable, "-m", "alambic", *arguments]
    return subprocess.run(command, cwd=checkout.work, env=env, capture_output=True, text=True, check=False)


def test_the_plan_says_why(edited):
    change(edited, "distill/student/learning_rate", 1e-3)
    edited.edit("src/alambic/tasks/datasets/icd10_labels.py", "METRICS = ", "CHANGED = 1\nMETRICS = ")
    done = alambic(edited, "plan", str(edited.config))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (student,) = [line for line in lines if line.startswith("distill/student ")]
    assert "learning_rate: 0.0005 -> 0.001" in student
    (finetune,) = [line for line in lines if line.startswith("finetune/control/icd_chapter/seed1 ")]
    assert "src/alambic/tasks/datasets/icd10_labels.py changed" in finetune
    (scores,) = [line for line in lines if line.startswith("predict/student/icd_chapter ")]
    assert "finetuned finetune/student/icd_chapter/seed1 changed" in scores
    artifacts = [line for line in lines if line.split()[1:2] in (["ready"], ["run"])]
    ready = sum(line.endswith("ready") for line in artifacts)
    assert f"{len(artifacts) - ready} to run, {ready} ready" in lines


def test_a_mistake_in_the_experiment_is_one_error_before_any_job(edited):
    change(edited, "distill/student/epoch", 3)
    done = edited.snakemake()
    assert done.returncode == 1
    assert "distill.student.epoch: unknown key; did you mean 'epochs'?" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_error_that_would_come_again_is_not_tried_again(edited):
    change(edited, "clean/medical/steps/length", {"min_characters": 1_000_000})
    done = edited.snakemake("--until", "clean", "--retries", "2")
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "no document is left" in said
    assert "Trying to restart" not in said


def test_code_edited_while_a_job_waits_is_refused(smoke_run, edited):
    folder = next((smoke_run.work / "artifacts" / "collect" / "ansm").iterdir())
    record = json.loads((folder / "manifest.json").read_text())
    output = smoke_run.work / "artifacts" / "collect" / "ansm" / ("0" * 16) / "manifest.json"
    done = alambic(edited, "collect", "--settings", json.dumps(record["settings"]), "--output", str(output))
    assert done.returncode == 1 and "was planned for other code or settings" in done.stderr
    assert not output.exists()


def test_a_truncated_input_stops_the_next_stage_with_the_remedy(smoke_run, tmp_path):
    work = tmp_path / "work"
    shutil.copytree(smoke_run.work, work)
    copy = smoke_run.copy(tmp_path / "copy", work=work)
    shard = next(work.glob("artifacts/clean/medical/*/train-00000.parquet"))
    shard.write_bytes(shard.read_bytes()[:-100])
    change(copy, "tokenizer/medical/added_pieces", 90)
    done = copy.snakemake("--until", "tokenizer")
    assert done.returncode == 1
    assert "its manifest says" in done.stdout + done.stderr
    assert "Traceback (most recent call last)" not in "".join(
        path.read_text() for path in work.glob("artifacts/tokenizer/*/*/log.txt")
    )


def test_a_student_opens_without_any_code_of_ours(smoke_run):
    folder = next((smoke_run.work / "artifacts" / "distill" / "student").iterdir())
    code = (
        "import sys; from transformers import AutoModel, AutoTokenizer;"
        f"folder = {str(folder)!r}; tokenizer = AutoTokenizer.from_pretrained(folder);"
        "model = AutoModel.from_pretrained(folder);"
        "states = model(**tokenizer('infarctus du myocarde', return_tensors='pt')).last_hidden_state;"
        "print(tuple(states.shape)[-1], 'alambic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.home())
    assert done.stdout.split() == ["384", "False"]
