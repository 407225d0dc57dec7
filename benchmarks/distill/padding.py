"""How much of what a student reads is padding.

python benchmarks/distill/padding.py CORPUS TOKENIZER [--documents 4000]

CORPUS is a cleaned corpus (artifacts/clean/...), TOKENIZER a fitted one (artifacts/tokenizer/...). Sequences of at most
128 tokens, in the batches of a training's first epoch: with a row for each, with rows that sequences share, and with a
row for each in batches without regard to length. Of causal students, whose passages lie one after the other, the same.
Of encoder-decoder students, which read one part of a passage and write the other, the same with batches by both
lengths, and by their sum alone. `--width` is that of the student, by which the plan of rows counts what attention
costs: in a very large one, nothing. How long the plan of a batch takes is told too, in processor time.
"""

import argparse
import time
from itertools import islice
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from alambic.data.documents import read_documents
from alambic.models.bin_packing import plan
from alambic.models.packing import MOST_SEQUENCES
from alambic.stages.distill.examples.continuations import continuations
from alambic.stages.distill.examples.sequences import sequences
from alambic.stages.distill.examples.split import parts_drawn
from alambic.training.batch_order import batches

LENGTH = 128


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--documents", type=int, default=4000)
    parser.add_argument("--width", type=int, default=384)
    given = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(given.tokenizer)
    documents = list(islice(read_documents(given.corpus, part="train"), given.documents))
    found = sequences(documents, tokenizer, length=LENGTH, signal=None)
    continued = continuations(documents, tokenizer, first=0, length=LENGTH, expectations=None)
    of_encoder = np.array([len(sequence.ids) for sequence in found])
    of_causal = np.array([len(one.ids) for one in continued])
    parts = parts_drawn(0, of_causal, 0)
    for name, lengths, others in (
        ("encoder", of_encoder[:, None], {"at random": None}),
        ("causal", of_causal[:, None], {"at random": None}),
        ("encoder-decoder", parts, {"by their sum": of_causal, "at random": None}),
    ):
        print(f"\n{name}: {len(lengths)} sequences, {lengths.sum(axis=1).mean():.1f} tokens on average\n")
        print(f"| batch | a row for each, % | shared rows, % | {', % | '.join(others)}, % | ms per plan |")
        print("|---|---|---|" + "---|" * (len(others) + 1))
        for size in (8, 16, 32, 64):
            alone, shared, spent = 100 * waste(lengths, size, lengths), *of_shared(lengths, size, width=given.width)
            further = [f"{100 * waste(lengths, size, known):.1f}" for known in others.values()]
            print(f"| {size} | {alone:.2f} | {100 * shared:.2f} | {' | '.join(further)} | {1000 * spent:.2f} |")


def of_shared(lengths: np.ndarray, size: int, *, width: int) -> tuple[float, float]:
    """Give the share of padding where sequences share rows, and the time that a batch's plan takes."""
    order = batches(len(lengths), batch_size=size, epoch=0, seed=0, lengths=lengths)
    begun = time.process_time()
    plans = [plan(lengths[batch], longest=MOST_SEQUENCES * LENGTH, size=width) for batch in order]
    spent, read = (time.process_time() - begun) / len(order), 0
    for batch, row in zip(order, plans, strict=True):
        each = np.arange(len(batch)) if row is None else row
        read += (each.max() + 1) * sum(int(np.bincount(each, weights=part).max()) for part in lengths[batch].T)
    return 1 - float(lengths.sum() / read), spent


def waste(lengths: np.ndarray, size: int, known: np.ndarray | None) -> float:
    """Give the share of padding when every batch is as wide as its longest sequence, or in each part as its longest."""
    order = batches(len(lengths), batch_size=size, epoch=0, seed=0, lengths=known)
    return 1 - float(lengths.sum() / sum(len(batch) * lengths[batch].max(axis=0).sum() for batch in order))


if __name__ == "__main__":
    main()
