"""What it brings that sequences share rows.

python benchmarks/distill/packing.py CORPUS TOKENIZER [--batch 32] [--batches 12]

CORPUS is a cleaned corpus (artifacts/clean/...), TOKENIZER a fitted one (artifacts/tokenizer/...). Students of every
family, with random weights, learn the text alone. Of a training's first epoch, the batches in which rows are shared are
stepped through (forward, backward, AdamW) as they are and with a row for each sequence, by turns, on one thread;
processor time. Both learn the same: the largest difference between their losses is told.
"""

import argparse
import time
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from alambic.data.documents import read_documents
from alambic.models.packing import pack_batches
from alambic.stages.distill.examples.continuations import PassageCollator, continuations
from alambic.stages.distill.examples.sequences import SequenceCollator, sequences
from alambic.stages.distill.examples.split import collate, parts_drawn, split
from alambic.stages.distill.examples.token_masking import MaskDrawCollator
from alambic.stages.distill.families.causal import Causal
from alambic.stages.distill.families.encoder import Encoder
from alambic.stages.distill.families.encoder_decoder import EncoderDecoder
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.run import switch_dropout_off
from alambic.stages.distill.student_setup import with_draw
from alambic.training.batch_loader import count_tokens
from alambic.training.batch_order import batches

LENGTH, WIDTH, LAYERS, HEADS = 128, 384, 4, 6
COMMON = {
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 4 * WIDTH,
}
T5 = {"d_model": WIDTH, "d_kv": WIDTH // HEADS, "d_ff": 4 * WIDTH, "num_layers": LAYERS, "num_heads": HEADS}
BART = {
    "d_model": WIDTH,
    **{f"{side}_layers": LAYERS for side in ("encoder", "decoder")},
    **{f"{side}_attention_heads": HEADS for side in ("encoder", "decoder")},
    **{f"{side}_ffn_dim": 4 * WIDTH for side in ("encoder", "decoder")},
}
STUDENTS = {
    "bert": COMMON,
    "xlm-roberta": COMMON,
    "modernbert": COMMON,
    "llama": COMMON,
    "t5": T5,
    "bart": BART,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--documents", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--batches", type=int, default=12, help="at most so many, evenly from the epoch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=STUDENTS, default=list(STUDENTS))
    given = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(given.tokenizer)
    print(
        "| student | batches that share rows, of all | their padding alone, % | shared, % | processor time of a step, "
        "shared to alone: median (range) | losses differ by |\n|---|---|---|---|---|---|"
    )
    for kind in given.only:
        documents = islice(read_documents(given.corpus, part="train"), given.documents)
        print(f"| {kind} | {row_of(kind, documents, tokenizer, given)} |", flush=True)


def row_of(kind: str, documents: Any, tokenizer: Any, given: argparse.Namespace) -> str:
    """Measure one student."""
    student, examples, lengths, padded = prepare(kind, documents, tokenizer)
    model = student.student_model.student
    shares = pack_batches(padded, model, longest=LENGTH)  # type: ignore[arg-type]
    order = batches(len(examples), batch_size=given.batch, epoch=0, seed=0, lengths=lengths)
    pairs = [[make([examples[place] for place in batch]) for make in (padded, shares)] for batch in order]
    shared = [pair for pair in pairs if "packed" in pair[1]]
    chosen = [shared[place] for place in np.linspace(0, len(shared) - 1, min(len(shared), given.batches)).astype(int)]
    step = partial(take_step, student, torch.optim.AdamW(student.parameters(), lr=0.0))
    for batch in chosen[0]:
        step(batch)
    apart = max(abs(step(alone)[1] - step(other)[1]) for alone, other in chosen)
    ratios = [in_turn(step, chosen, backwards=bool(number % 2)) for number in range(given.rounds)]
    waste = [100 * np.mean([padding(pair[which]) for pair in chosen]) for which in range(2)]
    return (
        f"{len(shared)} of {len(order)} | {waste[0]:.1f} | {waste[1]:.1f} | "
        f"{median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}) | {apart:.0e}"
    )


def in_turn(step: Any, pairs: list[list[dict[str, Tensor]]], *, backwards: bool) -> float:
    """Give the time with shared rows as a share of that without."""
    times = [0.0, 0.0]
    for pair in pairs:
        for which in (1, 0) if backwards else (0, 1):
            times[which] += step(pair[which])[0]
    return times[1] / times[0]


def take_step(student: nn.Module, optimizer: Any, batch: dict[str, Tensor]) -> tuple[float, float]:
    """Give the processor time of a step, and its loss."""
    begun = time.process_time()
    loss = student(batch)["loss"]
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return time.process_time() - begun, float(loss.detach())


def padding(batch: dict[str, Tensor]) -> float:
    """Give the share of what is read that is padding."""
    tokens, places = count_tokens(batch)
    return 1 - tokens / places


def prepare(kind: str, documents: Any, tokenizer: Any) -> tuple[Objectives, list[Any], np.ndarray, Any]:
    """Give a student, its examples of the first epoch with their lengths, and what pads them."""
    torch.manual_seed(0)
    pad, vocabulary = tokenizer.pad_token_id, len(tokenizer)
    config = AutoConfig.for_model(kind, vocab_size=vocabulary, pad_token_id=pad, **STUDENTS[kind])
    objectives: dict[str, dict[str, Any]] = {"cross_entropy": {"weight": 1.0}}
    if kind in ("bert", "xlm-roberta", "modernbert"):
        model = AutoModel.from_config(config)
        found: list[Any] = list(sequences(documents, tokenizer, length=LENGTH, signal=None))
        lengths = np.array([len(one.ids) for one in found])
        found = [with_draw(0, one, place, 0) for place, one in enumerate(found)]
        student_model: nn.Module = Encoder(model, mask_id=tokenizer.mask_token_id, predicts=True)
        return ready(student_model, objectives), found, lengths, MaskDrawCollator(SequenceCollator(pad=pad))
    found = list(continuations(documents, tokenizer, first=0, length=LENGTH, expectations=None))
    lengths, padded = np.array([len(one.ids) for one in found]), PassageCollator(pad=pad, drawn=0)
    if kind == "llama":
        model = AutoModelForCausalLM.from_config(config)
        return ready(Causal(model, teacher=None, first=None, size=vocabulary), objectives), found, lengths, padded
    model = AutoModelForSeq2SeqLM.from_config(config)
    found = [split(0, 0, 0.0, one, place, 0) for place, one in enumerate(found)]
    student_model = EncoderDecoder(model, first=None, size=vocabulary)
    return ready(student_model, objectives), found, parts_drawn(0, lengths, 0), partial(collate, pad, padded)


def ready(student_model: nn.Module, objectives: dict[str, dict[str, Any]]) -> Objectives:
    """Add what is learnt, as a training does."""
    switch_dropout_off(student_model)
    return Objectives(student_model, objectives).train()


if __name__ == "__main__":
    main()
