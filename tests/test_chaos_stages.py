"""The wall limit in each stage: those that save go on in the same job, the others say at once what they need."""

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from chaos import tabled
from cluster_run import start_head, take_artifacts, write_site
from slurm_cluster import Cluster

from alambic.jobs.attempts import Attempt, read_attempts
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment
from conftest import Checkout

pytest_plugins = ["slurm_cluster"]
pytestmark = [pytest.mark.timeout(3600), pytest.mark.chaos]

LIMIT = 2  # minutes
# What makes each stage wait, once it has written what the name says: near its end where it saves nothing before it.
HOOK = """
import os, sys, time

PLACES = {
    "collect": ("alambic.stages.collect.run", "write_documents", 600),
    "fetch": ("alambic.stages.fetch.run", "_check_opens", 600),
    "tokenizer": ("alambic.stages.tokenizer.run", "save", 600),
    "clean": ("alambic.stages.clean.run", "_Work._do_part", 30),
    "teach": ("alambic.stages.teach.run", "write_table", 30),
    "finetune": ("alambic.training.loop", "_Training._log_progress", 12),
    "predict": ("alambic.stages.predict.run", "write_predictions", 600),
    "evaluate": ("alambic.stages.evaluate.run", "write_table", 600),
    "report": ("alambic.stages.report.run", "write_scores", 600),
}

def slow(stage):
    if "SLOWLY" in os.environ:
        module, path, seconds = PLACES[stage]
        *owners, name = path.split(".")
        place = sys.modules[module]
        for owner in owners:
            place = getattr(place, owner)
        whole = getattr(place, name)
        setattr(place, name, lambda *a, **k: (whole(*a, **k), time.sleep(seconds))[0])
"""
# Of each stage an artifact, and a file whose bytes say that it is that of an undisturbed run.
ANEW = {
    "collect": ("collect/ansm", "documents-00000.parquet"),
    "fetch": ("fetch/e5", "model.safetensors"),
    "tokenizer": ("tokenizer/medical", "tokenizer.json"),
    "predict": ("predict/student/icd_chapter", "predictions.parquet"),
    "evaluate": ("evaluate/student/icd_chapter", "scores.json"),
    "report": ("report/smoke", "scores.csv"),
}
SAVING = {
    "clean": ("clean/medical", "train-00000.parquet"),
    "teach": ("teach/e5_states", "signal-00001.parquet"),
    "finetune": ("finetune/student/icd_chapter/seed1", "model.safetensors"),
}


@pytest.fixture(scope="module")
def table():
    with tabled("stage", "at its wall limit", "attempts end", "commands") as rows:
        yield rows


@pytest.fixture(scope="module")
def slowed(smoke_run: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Give a copy of the code in which stages can be told to be slow; no fingerprint knows of it."""
    copy = smoke_run.copy(tmp_path_factory.mktemp("slowed"))
    (copy.code / "src" / "slowly.py").write_text(HOOK)
    copy.edit(
        "src/alambic/jobs/stage_run.py",
        "        facts = run(",
        "        __import__('slowly').slow(stage)\n        facts = run(",
    )
    return copy


@dataclass
class OneStage:
    """A folder in which all of `smoke` is there but one artifact, and the command that makes it on the cluster."""

    cluster: Cluster
    code: Checkout
    folder: Path
    stage: str
    name: str

    @property
    def artifact(self) -> Path:
        """Where it will be, relative to the folder."""
        return Plan(load_experiment(str(self.code.config)))[self.name].folder

    def prepare(self) -> "OneStage":
        self.folder.mkdir()
        take_artifacts(self.code.work, self.folder, but=(str(self.artifact.relative_to("artifacts")),))
        self.may_take(minutes=LIMIT)
        return self

    def may_take(self, *, minutes: int) -> None:
        write_site(self.folder, self.stage, retries=1, runtime=minutes)

    def start(self, **variables: str) -> subprocess.Popen[str]:
        target, log = self.artifact / "manifest.json", self.folder / "head.log"
        return start_head(self.cluster, self.folder, target, self.code.code, self.code.config, log=log, **variables)

    def attempts(self) -> list[Attempt]:
        return read_attempts(self.folder / self.artifact)

    def whys(self) -> list[str | None]:
        return [attempt.why for attempt in self.attempts()]

    def log(self) -> str:
        log = self.folder / self.artifact / "log.txt"
        return (self.folder / "head.log").read_text() + (log.read_text() if log.exists() else "")

    def digests(self, file: str) -> set[str]:
        """Digests of a file here and in the undisturbed run: one, if they are the same."""
        files = (root / self.artifact / file for root in (self.folder, self.code.work))
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_stage_that_saves_nothing_says_what_it_needs_and_is_not_tried_again(cluster, slowed, table, tmp_path):
    made = {
        stage: OneStage(cluster, slowed, tmp_path / stage, stage, name).prepare() for stage, (name, _) in ANEW.items()
    }
    heads = {stage: one.start(SLOWLY="1") for stage, one in made.items()}
    for stage, one in made.items():
        assert heads[stage].wait(timeout=2400) == 1, one.log()
        # What brings files has another try, since the network may have been slow.
        assert one.whys() == ["error"] * (2 if stage in ("collect", "fetch") else 1), one.log()
        assert all("longer `runtime`" in attempt.detail for attempt in one.attempts())
        assert "longer `runtime`" in (one.folder / "head.log").read_text(), "the head shows it"
        assert not (one.folder / one.artifact / "manifest.json").exists()
    for one in made.values():
        one.may_take(minutes=20)
    heads = {stage: one.start() for stage, one in made.items()}
    for stage, one in made.items():
        assert heads[stage].wait(timeout=2400) == 0, one.log()
        assert len(one.digests(ANEW[stage][1])) == 1, stage
        table.append((stage, "an error: it needs a longer `runtime`, and begins anew", ", ".join(one.whys()), "2"))


def test_a_stage_that_saves_goes_on_in_the_same_job(cluster, slowed, table, tmp_path):
    made = {
        stage: OneStage(cluster, slowed, tmp_path / stage, stage, name).prepare() for stage, (name, _) in SAVING.items()
    }
    heads = {stage: one.start(SLOWLY="1") for stage, one in made.items()}
    for stage, one in made.items():
        assert heads[stage].wait(timeout=2400) == 0, one.log()
        *before, last = one.whys()
        assert before and set(before) == {"wall limit"} and last == "done", one.log()
        assert len({attempt.job for attempt in one.attempts()}) == 1, "one job, put back into the queue"
        assert len(one.digests(SAVING[stage][1])) == 1, stage
        table.append((stage, "its state is saved, and it goes on", ", ".join(one.whys()), "1"))
