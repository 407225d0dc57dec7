"""Measure how fast the models of one task answer: on one thread of a CPU, in turn in one process."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from alambic.data.inputs import Inputs
from alambic.runtime.processor import cpu_name
from alambic.settings import DICTIONARY, Speed
from alambic.stages.speed.in_turn import take_turns
from alambic.tasks.examples import Example
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import Finetuned, Predictor, WithoutModel
from alambic.tasks.sampling import sample
from alambic.tasks.window_logits import TEXTS_AT_ONCE

log = logging.getLogger("alambic.stages.speed")

WORDS = 2000  # about as many are answered in a turn: seconds for a model of 100 M parameters


def run(settings: Speed, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write speed.json: the processor seconds of each model by round; return how they were measured."""
    data = load_task(settings.task, inputs)
    examples = _within(WORDS, sample((example for part in data.test.values() for example in part), limit=0, seed=0))
    folders = zip(settings.models, inputs.get("finetuned", []), strict=True)
    models: dict[str, Callable[[], Predictor]] = {
        name: partial(Finetuned, folder, device="cpu") for name, folder in folders
    }
    if settings.baseline is not None:
        models[DICTIONARY] = partial(WithoutModel, settings.baseline, data)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    started = time.perf_counter(), time.process_time()
    try:
        seconds = take_turns(models, examples, rounds=settings.rounds)
    finally:
        torch.set_num_threads(threads)
    of_a_core = (time.process_time() - started[1]) / (time.perf_counter() - started[0])
    lengths = [len(example.text.split()) for example in examples]
    facts = {
        "cpu": cpu_name(),
        "threads": 1,
        "batch": TEXTS_AT_ONCE["cpu"],
        "texts": len(examples),
        "words": sum(lengths),
        "words_per_text": median(lengths),
        "longest_text": max(lengths),
        "rounds": min(map(len, seconds.values()), default=0),
        "share_of_a_core": round(of_a_core, 2),
    }
    (output / "speed.json").write_text(json.dumps({**facts, "seconds": seconds}, indent=1) + "\n", encoding="utf-8")
    log.info("%d models answered %d words in %d rounds", len(models), facts["words"], facts["rounds"])
    return facts


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
