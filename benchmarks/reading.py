"""How many tokens a second reach a training from its store, by the number of processes that read ahead.

python benchmarks/reading.py [results/demo/artifacts.json] [--workers 0 1 2] [--rounds 3]

The student of a finished demo's examples, each batch of 64 as its distillation takes it, and nothing else: no model
reads them, so this is the most that a training may ask for. Numbers of workers take turns.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch
from demo_student import prepare

from alambic.training.order import batches
from alambic.training.reading import Reading

BATCH, EPOCHS = 64, 3


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifacts", type=Path, nargs="?", default=Path("results/demo/artifacts.json"))
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as work:
        prepared, _ = prepare(given.artifacts, Path(work) / "examples")
        count, lengths = len(prepared.examples), prepared.lengths
        schedule = [
            (indices, epoch)
            for epoch in range(EPOCHS)
            for indices in batches(count, batch_size=BATCH, epoch=epoch, seed=1, lengths=lengths)
        ]
        tokens = EPOCHS * int(lengths.sum())
        speeds: dict[int, list[float]] = {workers: [] for workers in given.workers}
        for _ in range(given.rounds):
            for workers, found in speeds.items():
                found.append(tokens / seconds_of(prepared, schedule, workers))
    print(f"{count} examples, {tokens / EPOCHS / count:.1f} tokens each, {EPOCHS} epochs\n")
    print("| workers | tokens per second, median | range |\n|---|---|---|")
    for workers, found in speeds.items():
        print(f"| {workers} | {statistics.median(found):,.0f} | {min(found):,.0f} to {max(found):,.0f} |")


def seconds_of(prepared, schedule, workers: int) -> float:
    """Read the whole schedule; the start of the workers, which a training pays once, is not counted."""
    device = torch.device("cpu")
    reading = Reading(prepared.examples, prepared.collate, prepared.vary, schedule, device=device, workers=workers)
    reading.next()
    begun = time.perf_counter()
    for _ in schedule[1:]:
        reading.next()
    spent = time.perf_counter() - begun
    reading.close()
    return spent


if __name__ == "__main__":
    main()
