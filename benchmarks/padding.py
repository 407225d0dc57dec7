"""How much of what an encoder reads is padding: python benchmarks/padding.py CORPUS TOKENIZER [--documents 4000].

CORPUS is a cleaned corpus (artifacts/clean/...), TOKENIZER a fitted one (artifacts/tokenizer/...). Sequences of at most
128 tokens, in the batches of a training's first epoch; beside it, what batches without regard to length would waste.
Of encoder-decoder students, which read one part of a passage and write the other, the same, by both lengths, by their
sum, and at random.
"""

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer

from alambic.distill.sequences import sequences
from alambic.distill.split import parts_drawn
from alambic.records import read_documents
from alambic.training.order import batches

LENGTH = 128


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--documents", type=int, default=4000)
    given = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(given.tokenizer)
    documents = islice(read_documents(given.corpus, part="train"), given.documents)
    found = sequences(documents, tokenizer, length=LENGTH, signal=None)
    lengths = np.array([len(sequence.ids) for sequence in found])
    print(f"{len(lengths)} sequences, {lengths.mean():.1f} tokens on average\n")
    print("| batch | by length, % | at random, % |\n|---|---|---|")
    for size in (8, 16, 32, 64):
        shares = [100 * waste(lengths, size, known) for known in (lengths, None)]
        print(f"| {size} | {shares[0]:.2f} | {shares[1]:.1f} |")
    parts = parts_drawn(0, lengths, 0)
    print("\n| batch | by both lengths, % | by their sum, % | at random, % |\n|---|---|---|---|")
    for size in (8, 16, 32, 64):
        shares = [100 * waste(parts, size, known) for known in (parts, lengths, None)]
        print(f"| {size} | {shares[0]:.2f} | {shares[1]:.1f} | {shares[2]:.1f} |")


def waste(lengths: np.ndarray, size: int, known: np.ndarray | None) -> float:
    """Give the share of padding when every batch is as wide as its longest sequence, or in each part as its longest."""
    order = batches(len(lengths), batch_size=size, epoch=0, seed=0, lengths=known)
    return 1 - float(lengths.sum() / sum(len(batch) * lengths[batch].max(axis=0).sum() for batch in order))


if __name__ == "__main__":
    main()
