"""Finished artifacts of an experiment, written without the hours that computing them takes.

Manifests, journals, scores and resamples are written by the project's own code in the formats of the stages; only the
numbers come from a seeded generator instead of a training.
"""

import atexit
import contextlib
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from alambic.data.artifact import complete, list_files
from alambic.data.documents import write_table
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import Journal
from alambic.planning.artifact import Artifact
from alambic.planning.plan import Plan
from alambic.settings import Experiment, identity, read_experiment
from alambic.stages.evaluate.metrics import accuracy
from alambic.stages.report.run import run as run_report
from alambic.statistics.bootstrap import digest_of, interval, over_seeds, resample
from alambic.statistics.counts import CountsTable

CONFIG = Path(__file__).parents[2] / "config" / "experiments"
FIRST_START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
QUALITY = {"e5": 0.86, "student_taught": 0.84, "student": 0.82, "control": 0.68, "dictionary": 0.55}
DATASETS = {"icd_chapter": ("long", "short"), "entities": ("silver", "silver_unseen")}
MADE: dict[tuple[str, ...], Path] = {}  # by the fingerprints of all artifacts: the folder that holds them
FACTS: dict[str, dict[str, Any]] = {
    "collect": {"documents": 37186, "words": 272719, "licences": {"LicenseRef-WHO-ATIH-ICD-10": 37186}},
    "clean": {
        "funnel": {
            "icd10_fr": {
                "collected": 37186,
                "kept": 9029,
                "words": 66744,
                "dropped": {"exact_duplicates: duplicate": 147, "sample: outside the sample": 28010},
            },
            "ansm_interactions": {"collected": 2001, "kept": 405, "words": 6885, "dropped": {"length: short": 1596}},
        },
        "decontamination": {
            "off": False,
            "because": {
                "icd_chapter": {"texts": 400, "removed": {"icd10_fr": 23}},
                "entities": {"texts": 9, "removed": {}},
            },
        },
        "licences": {"LicenseRef-WHO-ATIH-ICD-10": 9029, "MIT AND LicenseRef-ANSM": 405},
    },
    "fetch": {
        "parameters": 117505920,
        "embedding_parameters": 96014208,
        "layers": 12,
        "licence": "MIT",
        "family": "encoder",
    },
    "tokenizer": {
        "fertility": {
            "general": {"before": 1.6059, "after": 1.8293},
            "held_out": {"before": 2.2704, "after": 1.7902},
            "train": {"before": 2.2281, "after": 1.7192},
        }
    },
    "teach": {"tokens": 250000, "shards": 9},
    "distill": {"parameters": 13590000, "embedding_parameters": 6295680, "layers": 4, "vocabulary": 16395},
    "finetune": {"steps": 120, "labels": 22},
}


def demo() -> Experiment:
    """Read the experiment `demo`, with a second task."""
    return read_experiment(yaml.safe_load(Path(__file__).with_name("two_tasks.yaml").read_text(encoding="utf-8")))


def make_all(experiment: Experiment) -> Plan:
    """Write every artifact of the experiment under the current folder, the report by the report's own code.

    Once for each process and experiment; whoever asks again gets a copy.
    """
    plan = Plan(experiment)
    key = tuple(made.fingerprint for made in plan.values())
    if key not in MADE:
        MADE[key] = Path(tempfile.mkdtemp(prefix="made-artifacts-"))
        atexit.register(shutil.rmtree, MADE[key], ignore_errors=True)
        with contextlib.chdir(MADE[key]):
            for place, made in enumerate(plan.values()):
                fill(made, place=place)
    shutil.copytree(MADE[key], Path(), dirs_exist_ok=True)
    return plan


def fill(made: Artifact, *, place: int = 0) -> None:
    """Write one artifact, its manifest last."""
    made.folder.mkdir(parents=True, exist_ok=True)
    (made.folder / "log.txt").write_text(f"{made.name}: a line of log\n")
    facts = FACTS.get(made.stage, {})
    if made.stage in ("distill", "finetune"):
        write_journal(made.folder, steps=120)
    if made.stage == "evaluate":
        facts = write_scores(made)
    if made.stage == "speed":
        facts = write_speed(made)
    if made.stage == "release":
        write_release(made)
    if made.stage == "report":
        folders = [upstream.folder for upstream in made.inputs["artifacts"]]
        facts = run_report(made.settings, Inputs({"artifacts": folders}), made.folder)
    finish(made, facts, place=place)


def write_journal(folder: Path, *, steps: int, done: int = 0) -> None:
    """Journal a loss that falls, by the training's own code; the same steps have the same values."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder, done=done, write=True)
    noise = random(folder.parent.as_posix()).normal(0, 0.05, size=10_000)
    for step in range(done + 1, steps + 1):
        journal.append(step, {"loss": 3 * np.exp(-step / 40) + 0.4 + float(noise[step]), "learning_rate": 1e-3 / step})


def write_scores(made: Artifact) -> dict[str, Any]:
    """Score simulated predictions with the real metric and the real bootstrap."""
    model, _, task = made.item.partition("/")
    rows: list[dict[str, Any]] = []
    drawn: list[dict[str, Any]] = []
    table, metric = CountsTable(), made.settings.metrics[0]
    for shift, dataset in enumerate(DATASETS[task]):
        gold = [str(number % 7) for number in range(300)]
        hardness = random(dataset).random(300)
        counts, values = [], {}
        (predicted,) = made.inputs["predictions"]
        for seed in predicted.settings.seeds or ["all"]:
            noisy = hardness + random(f"{model}{dataset}{seed}").normal(0, 0.1, 300)
            right = noisy < QUALITY[model] - 0.15 * shift
            scored = accuracy.score(gold, [g if ok else "wrong" for g, ok in zip(gold, right, strict=True)])
            counts.append(scored.counts)
            of_metric = {"accuracy": scored.counts}.get(metric, scored.counts[:, [0, 1, 1]])  # F1 of one entity a text
            ids, measured = [f"{dataset}{number}" for number in range(300)], (dataset, "test", metric)
            table.add(of_metric, ids=ids, units=(), seed=str(seed), measured=measured)
            values[str(seed)] = scored.value
        digest = digest_of(ids)
        resampled = resample(counts, accuracy.combine, resamples=made.settings.resamples, digest=digest)
        together = over_seeds(resampled, digest=digest)
        low, high = interval(together, confidence=0.95)
        silver = "|annotation=silver" if task == "entities" else ""
        common = {"dataset": dataset, "split": "test", "metric": metric, "signature": f"{metric}|simulated{silver}"}
        values = {seed: value for seed, value in values.items() if seed != "all"} | {
            "all": float(np.mean(list(values.values())))
        }
        rows += [{**common, "value": value, "low": low, "high": high, "seed": seed} for seed, value in values.items()]
        place = {"dataset": dataset, "split": "test", "metric": metric}
        drawn.append({**place, "values": together.tolist(), "ids_digest": digest})
    (made.folder / "scores.json").write_text(json.dumps(rows))
    write_table(pa.Table.from_pylist(drawn), made.folder / "resamples.parquet")
    table.write(made.folder)
    return {}


def write_release(made: Artifact) -> None:
    """Write what a release says of itself."""
    made.folder.mkdir(parents=True, exist_ok=True)
    place = {"dataset": "silver", "metric": "entity_f1"}
    none = {"low": None, "high": None, "same_answers": None}
    scores = [
        {"engine": "torch", **place, "value": 0.512, **none, "low": 0.4, "high": 0.6},
        {"engine": "onnx", **place, "value": 0.512, **none, "same_answers": 1.0},
        {"engine": "onnx int8", **place, "value": 0.507, **none, "same_answers": 0.973},
    ]
    sizes = {"model.safetensors": 52_400_000, "onnx/model.onnx": 52_600_000, "onnx/model_int8.onnx": 13_300_000}
    content = {"model": made.item, "seed": 1, "sizes": sizes, "why_not_onnx": "", "cpu": "AMD EPYC", "scores": scores}
    (made.folder / "release.json").write_text(json.dumps({**content, "cpu_flags": ["avx2"]}))


def write_speed(made: Artifact) -> dict[str, Any]:
    """Let each model take its turn as quickly as its size allows, a round like the other but for little."""
    texts = {"icd_chapter": 8, "entities": 90}.get(made.item, 30)
    facts = {"cpu": "A processor", "threads": 1, "batch": 16, "texts": 2000 // texts, "words": 2000, "rounds": 7}
    facts |= {"words_per_text": texts, "longest_text": 2 * texts, "share_of_a_core": 0.98}
    quick = {"e5": 900.0, "dictionary": 170000.0}
    seconds = {
        name: [2000 / quick.get(name, 3600.0) * (1 + 0.01 * number) for number in range(7)]
        for name in [*made.settings.models, "dictionary"]
    }
    (made.folder / "speed.json").write_text(json.dumps({**facts, "seconds": seconds}))
    return facts


def finish(made: Artifact, facts: dict[str, Any], *, place: int = 0) -> None:
    """Write the manifest as a job does."""
    record = Manifest(
        stage=made.stage,
        item=made.item,
        fingerprint=made.fingerprint,
        settings=made.settings.model_dump(mode="json"),
        identity=identity(made.settings),
        sources=made.sources,
        inputs={role: [upstream.fingerprint for upstream in of] for role, of in made.inputs.items()},
        facts=facts,
        files=list_files(made.folder),
        run={
            "started": (FIRST_START + timedelta(minutes=place)).isoformat(timespec="seconds"),
            "seconds": 12.5 * (place + 1),
            "peak_memory_mb": 300 + 10 * place,
            "commit": "38c226122e61",
            "host": "node1",
            "site": "local",
        },
    )
    complete(made.folder, record)


def random(name: str) -> np.random.Generator:
    """Give a generator that depends on `name` alone."""
    return np.random.default_rng(int(sha256(name.encode()).hexdigest()[:8], 16))
