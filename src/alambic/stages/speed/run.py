"""Measure what the models of one task take to answer: on one thread of a CPU, in turn in one process."""

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from alambic.data.inputs import Inputs
from alambic.data.model_checks import weight_files
from alambic.data.operations import flop_per_token
from alambic.data.speed_file import FILE, INT8
from alambic.models.description import describe
from alambic.runtime.processor import cpu_flags, cpu_name
from alambic.settings import DICTIONARY, Speed
from alambic.stages.speed import quantised
from alambic.stages.speed.in_turn import Turn, take_turns
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import Finetuned, Predictor, WithoutModel
from alambic.tasks.sampling import sample
from alambic.tasks.window_logits import TEXTS_AT_ONCE

log = logging.getLogger("alambic.stages.speed")

WORDS = 2000  # about as many are answered in a turn: seconds for a model of 100 M parameters
ONNX = ".onnx"  # where models of eight bits are while they are timed


def run(settings: Speed, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write speed.json: what each model took by round, its sizes, and the scores of its form of eight bits.

    Returns how they were measured.
    """
    data = load_task(settings.task, inputs)
    examples = _within(WORDS, sample((example for part in data.test.values() for example in part), limit=0, seed=0))
    folders = dict(zip(settings.models, inputs.get("finetuned", []), strict=True))
    models: dict[str, Callable[[], Predictor]] = {
        name: partial(Finetuned, folder, device="cpu") for name, folder in folders.items()
    }
    if settings.baseline is not None:
        models[DICTIONARY] = partial(WithoutModel, settings.baseline, data)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    started = time.perf_counter(), time.process_time()
    try:
        sizes = {name: _sizes(folder) for name, folder in folders.items()}
        int8 = _quantise(folders, output / ONNX, data, settings.metrics) if settings.int8 else {}
        for name, facts in int8.items():
            if not facts["why_not"]:
                models[name + INT8] = partial(quantised.Quantised, folders[name], output / ONNX / name)
        turns = take_turns(models, examples, rounds=settings.rounds)
    finally:
        torch.set_num_threads(threads)
        shutil.rmtree(output / ONNX, ignore_errors=True)
    of_a_core = (time.process_time() - started[1]) / (time.perf_counter() - started[0])
    lengths = [len(example.text.split()) for example in examples]
    facts = {
        "cpu": cpu_name(),
        "cpu_flags": cpu_flags(),
        "threads": 1,
        "batch": TEXTS_AT_ONCE["cpu"],
        "texts": len(examples),
        "words": sum(lengths),
        "words_per_text": median(lengths),
        "longest_text": max(lengths),
        "rounds": min(map(len, turns.values()), default=0),
        "share_of_a_core": round(of_a_core, 2),
    }
    content = {**facts, **_by_model(turns), "sizes": sizes, "int8": int8}
    (output / FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    log.info("%d models answered %d words in %d rounds", len(models), facts["words"], facts["rounds"])
    return facts


def _by_model(turns: dict[str, list[Turn]]) -> dict[str, Any]:
    """Lay out the turns: seconds by round, seconds of single texts by round, and the largest memory, in bytes."""
    return {
        "seconds": {name: [turn.seconds for turn in each] for name, each in turns.items()},
        "alone": {name: [[float(f"{s:.4g}") for s in turn.alone] for turn in each] for name, each in turns.items()},
        "memory": {
            name: max((turn.memory for turn in each if turn.memory is not None), default=None)
            for name, each in turns.items()
        },
    }


def _sizes(folder: Path) -> dict[str, Any]:
    """Count the parameters of a fine-tuned model, the FLOP of a token, and the bytes of its weights."""
    facts = describe(folder, licence="")
    counts = {name: facts[name] for name in ("parameters", "embedding_parameters")}
    return {
        **counts,
        "flop_per_token": flop_per_token(**counts),
        "disk": sum(file.stat().st_size for file in weight_files(folder)),
    }


def _quantise(folders: dict[str, Path], onnx: Path, data: TaskData, metrics: list[str]) -> dict[str, dict[str, Any]]:
    """Give each model its form of eight bits, with its scores; say why where it has none."""
    made: dict[str, dict[str, Any]] = {}
    for name, folder in folders.items():
        if reason := quantised.why_not(folder):
            made[name] = {"why_not": reason}
            continue
        disk = quantised.make(folder, onnx / name)
        scores = quantised.rescore(folder, onnx / name, data, metrics)
        made[name] = {"why_not": "", "disk": disk, "scores": [score._asdict() for score in scores]}
        for score in scores:
            log.info("%s%s, %s, %s: %.4f, %.4f", name, INT8, score.dataset, score.metric, score.int8, score.value)
    return made


def _within(words: int, examples: Iterable[Example]) -> list[Example]:
    """Take examples until they have that many words."""
    taken: list[Example] = []
    count = 0
    for example in examples:
        if count >= words:
            break
        taken.append(example)
        count += len(example.text.split())
    return taken
