"""Store the teacher's hidden states, or keep the teacher beside the student? What each costs per token.

python benchmarks/teach/signal_cost.py [results/demo/artifacts.json]
"""

import argparse
import json
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import torch

from alambic.data.documents import read_documents
from alambic.stages.teach.signals.hidden_states import capture

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from demo_student import folders, prepare

SEQUENCES, BATCH = 2000, 64


def timed(name: str, action, tokens: int) -> None:
    """Run, and print microseconds of processor time per student token."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"| {name} | {1e6 * cpu / tokens:.0f} | {tokens / wall:.0f} |")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifacts", nargs="?", type=Path, default=Path("results/demo/artifacts.json"))
    artifacts = parser.parse_args().artifacts
    paths = folders(artifacts)
    with tempfile.TemporaryDirectory() as work:
        prepared, module = prepare(artifacts, Path(work) / "examples")
        examples = [prepared.examples[number] for number in range(min(SEQUENCES, len(prepared.examples)))]
        examples.sort(key=lambda example: len(example.ids))
        count = sum(len(example.ids) for example in examples)
        parts = [examples[start : start + BATCH] for start in range(0, len(examples), BATCH)]
        batches = [prepared.collate(part) for part in parts]
        documents = list(islice(read_documents(paths["clean/medical"], part="train"), len(examples)))
        run_teacher = capture(paths["fetch/e5"])
        run_teacher(documents[:100])
        print(f"{len(examples)} sequences, {count} student tokens, {torch.get_num_threads()} threads\n")
        print("| what | processor µs per student token | student tokens per second |\n|---|---|---|")
        timed("teacher's forward, as if beside the student", lambda: run_teacher(documents), count)
        timed("reading the examples: average, collate", lambda: [prepared.collate(part) for part in parts], count)
        timed("student's forward and backward", lambda: [module(one)["loss"].backward() for one in batches], count)
    stored = sum(path.stat().st_size for path in paths["teach/e5_states"].glob("*.parquet"))
    facts = json.loads((paths["teach/e5_states"] / "manifest.json").read_text())["facts"]
    size = f"{stored / 1e6:.0f} MB, {facts['bytes_per_token']} bytes per teacher token"
    print(f"\nstore: {size}, {facts['tokens']:,} tokens")


if __name__ == "__main__":
    main()
