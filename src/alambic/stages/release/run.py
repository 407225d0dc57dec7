"""Put a fine-tuned model into a folder that can be passed on as it is: to the hub, or to a hospital."""

import json
import logging
import shutil
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from alambic.data.artifact import list_files
from alambic.data.checksums import checksums
from alambic.data.inputs import Inputs
from alambic.data.lineage import lineage
from alambic.data.model_files import needed
from alambic.data.predictions import read_predictions
from alambic.data.sums_file import RELEASED, write_sums
from alambic.models.description import family
from alambic.models.onnx_export import export
from alambic.models.opening import open_config
from alambic.runtime.processor import cpu_flags, cpu_name
from alambic.settings import Release
from alambic.stages.release.bill_of_materials import FILE as BILL
from alambic.stages.release.bill_of_materials import requirements, write_bill
from alambic.stages.release.card import Evidence, write_card
from alambic.stages.release.evidence import groups_of, silver_sets
from alambic.stages.release.licence_texts import named, write_texts
from alambic.stages.release.rescoring import ENGINES, Rescored, check_export, rescore, stored_answers, stored_scores
from alambic.stages.release.use import write_use
from alambic.tasks.examples import TaskData
from alambic.tasks.head import READS, Head, saved_head
from alambic.tasks.loading import load_task

log = logging.getLogger("alambic.stages.release")


def run(settings: Release, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write the folder `model` and release.json; return sizes, scores and the processor that gave them."""
    folder, tuned = output / RELEASED, inputs.one("finetuned")
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was stopped
    folder.mkdir()
    for name in needed(path.name for path in tuned.iterdir() if path.is_file()):
        shutil.copyfile(tuned / name, folder / name)
    config, head = open_config(folder), saved_head(folder)
    reads: dict[str, Any] = config.to_dict().get(READS, {})
    why_not_onnx = _why_not_onnx(settings, family(config), reads)
    scores = [*stored_scores(inputs.one("evaluation"), seed=settings.seed)]
    facts: dict[str, Any] = {"parameters": head.open_model(folder).num_parameters()}
    if not why_not_onnx:
        rescored, more = _exported(settings, inputs, folder, head)
        scores, facts = scores + rescored, facts | more
    weights = dict(zip(settings.weights, inputs.get("weights", []), strict=True))
    texts = write_texts(folder, named(settings.licence_report, settings.licence), weights)
    packages = requirements(onnx=not why_not_onnx)
    write_use(folder, reads, packages, onnx=not why_not_onnx)
    sizes = {name: (folder / name).stat().st_size for name in ENGINES.values() if (folder / name).exists()}
    evaluation, answered = inputs.one("evaluation"), inputs.one("predictions")
    tested = read_predictions(answered).of_split("test")
    evidence = Evidence(
        scores=scores,
        facts=facts,
        groups=groups_of(evaluation, tested, settings.metrics),
        texts={part.dataset: len(part.ids) for part in tested},
        silver=silver_sets(evaluation),
        lineage=lineage(tuned, answered, evaluation),
    )
    write_card(
        folder,
        settings=settings,
        head=head,
        evidence=evidence,
        sizes=sizes,
        licence_files=texts,
        why_not_onnx=why_not_onnx,
    )
    write_bill(
        folder / BILL,
        name=settings.name,
        licence=settings.licence,
        hashes=checksums(folder, list_files(folder)),
        sources=settings.licence_report.ingredients,
        packages=packages,
    )
    write_sums(folder)
    summary = {"model": settings.name, "task": settings.task.task, "seed": settings.seed, "sizes": sizes, **facts}
    content = {**summary, "why_not_onnx": why_not_onnx, "scores": [asdict(score) for score in scores]}
    (output / "release.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return summary


def _why_not_onnx(settings: Release, kind: str, reads: dict[str, Any]) -> str:
    if not settings.onnx:
        return "the experiment asks for none"
    if kind != "encoder":
        return f"only encoders are exported, and this is a model of family '{kind}'"
    return "" if "pipeline" in reads else f"its answers are no labels, but those of {settings.task.head}"


def _exported(
    settings: Release, inputs: Inputs, folder: Path, head: Head[Any]
) -> tuple[list[Rescored], dict[str, Any]]:
    """Export the model and score it again, on one thread; say on what processor."""
    data: TaskData = load_task(settings.task, inputs)
    before = stored_answers(inputs.one("predictions"), seed=settings.seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        started = time.process_time()
        model = head.open_model(folder)
        export(model, folder, kinds=head.reads_kinds(model, head.open_preprocessor(folder)))
        log.info("exported in %.0f s of processor time", time.process_time() - started)
        error = check_export(model, folder, head, next(iter(data.test.values())))
        scores, seconds = [], {}
        for engine in ("onnx", "onnx int8"):
            rescored, seconds[engine] = rescore(engine, folder, data, head, settings.metrics, before)
            scores += rescored
            for score in rescored:
                log.info("%s, %s, %s: %.4f", engine, score.dataset, score.metric, score.value)
    finally:
        torch.set_num_threads(threads)
    words = sum(len(example.text.split()) for examples in data.test.values() for example in examples)
    return scores, {
        "onnxruntime": version("onnxruntime"),
        "cpu": cpu_name(),
        "cpu_flags": cpu_flags(),
        "threads": 1,
        "largest_error": error,
        "words_per_second": {engine: round(words / max(spent, 1e-3), 1) for engine, spent in seconds.items()},
    }
