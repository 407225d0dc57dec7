"""Bring a causal teacher closer to the domain: it goes on learning on the corpus, before it may teach."""

import logging
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.data.manifest import FILE, Manifest
from alambic.errors import UserError
from alambic.models.causal import first_token
from alambic.models.description import describe
from alambic.models.opening import open_model, open_tokenizer
from alambic.runtime.ranks import Ranks
from alambic.settings import Adapt
from alambic.stages.adapt.next_token import NextToken, bits_per_byte
from alambic.stages.adapt.weight_deltas import WeightDeltas, with_adapters
from alambic.stages.adapt.windows import WindowCollator, Windows, windows
from alambic.training.loop import train

log = logging.getLogger("alambic.stages.adapt")

MEASURED = 500  # held-out documents
WORK = ".examples"


def run(settings: Adapt, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder like the base's; return its sizes, and its bits per byte before and after.

    UserError when the model got worse on text that it has not seen: it would teach worse than before.
    """
    torch.manual_seed(settings.seed)
    folder, corpus = inputs.one("base"), inputs.one("corpus")
    base = Manifest.read(folder / FILE).facts
    if base["family"] != "causal":
        raise UserError(
            f"adapt: '{settings.base}' is of family {base['family']}; only causal models adapt: leave it as it is"
        )
    tokenizer = open_tokenizer(folder)
    model: Any = open_model(AutoModelForCausalLM, folder, dtype=torch.float32)
    start, first = first_token(tokenizer), Ranks.from_environment().is_first
    held_out = list(islice(read_documents(corpus, part="held_out"), MEASURED))
    before = bits_per_byte(model, tokenizer, held_out, longest=settings.sequence_length)
    log.info("%.3f bits per byte of %d held-out documents", before, len(held_out))
    text = windows(read_documents(corpus, part="train"), tokenizer, start=start, longest=settings.sequence_length)
    examples = Windows(output / WORK, text, write=first)
    deltas = WeightDeltas(model)
    learning = with_adapters(model, rank=settings.rank, alpha=settings.alpha) if settings.method == "lora" else model
    facts = train(
        NextToken(model, learning=learning),
        examples,
        WindowCollator(start),
        settings,
        seed=settings.seed,
        output=output,
        lengths=examples.lengths,
    )
    model = learning.merge_and_unload() if settings.method == "lora" else model
    deltas.interpolate(model, share=settings.merge)
    after = bits_per_byte(model, tokenizer, held_out, longest=settings.sequence_length)
    log.info("%.3f bits per byte after", after)
    _check(before, after)
    if not first:
        return {}
    model.save_pretrained(output, max_shard_size="1TB")
    tokenizer.save_pretrained(output)
    shutil.rmtree(output / WORK)
    return {
        **describe(output, licence=base["licence"]),
        "bits_per_byte": {"before": round(before, 4), "after": round(after, 4)},
        "training": {**facts, "tokens": int(sum(examples.lengths)) * settings.epochs},
    }


def _check(before: float, after: float) -> None:
    if not after < before:
        raise UserError(
            f"adapt: {after:.3f} bits per byte of held-out text, {before:.3f} before: the model got worse; expected "
            "fewer: lower learning_rate, epochs or merge, or leave the model as it is"
        )
