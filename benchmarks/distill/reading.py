"""What reading from a store takes of a training's own time, by the number of processes that read ahead.

python benchmarks/distill/reading.py [results/demo/artifacts.json] [--workers 0 1 2] [--batch 64] [--rounds 3]

The examples of a finished demo's student, in the batches of its distillation, and nothing else: no model reads them, so
tokens per second are the most that a training may ask for. Numbers of workers take turns.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from alambic.training.batch_loader import BatchLoader
from alambic.training.batch_order import batches

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from demo_student import prepare

EPOCHS = 3


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifacts", type=Path, nargs="?", default=Path("results/demo/artifacts.json"))
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as work:
        prepared, _ = prepare(given.artifacts, Path(work) / "examples")
        count, lengths = len(prepared.examples), prepared.lengths
        schedule = [
            (indices, epoch)
            for epoch in range(EPOCHS)
            for indices in batches(count, batch_size=given.batch, epoch=epoch, seed=1, lengths=lengths)
        ]
        found: dict[int, list[tuple[float, float]]] = {workers: [] for workers in given.workers}
        for _ in range(given.rounds):
            for workers, spent in found.items():
                spent.append(time_of(prepared, schedule, workers))
    tokens = EPOCHS * int(lengths.sum())
    print(f"{count} examples, {tokens / EPOCHS / count:.1f} tokens each, batches of {given.batch}, {EPOCHS} epochs\n")
    print(
        "| workers | processor ms per batch of the training itself, median | tokens per second, median |\n|---|---|---|"
    )
    for workers, spent in found.items():
        wall, own = (statistics.median(values) for values in zip(*spent, strict=True))
        print(f"| {workers} | {1e3 * own / len(schedule):.1f} | {tokens / wall:,.0f} |")


def time_of(prepared, schedule, workers: int) -> tuple[float, float]:
    """Read the whole schedule: seconds, and of them the processor's in this process.

    The start of the workers, which a training pays once, is not counted.
    """
    device = torch.device("cpu")
    reading = BatchLoader(
        prepared.examples, prepared.collate, prepared.augment_epoch, schedule, device=device, workers=workers
    )
    reading.next()
    wall, own = time.perf_counter(), time.process_time()
    for _ in schedule[1:]:
        reading.next()
    spent = time.perf_counter() - wall, time.process_time() - own
    reading.close()
    return spent


if __name__ == "__main__":
    main()
