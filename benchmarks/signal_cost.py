"""Store the teacher's hidden states, or keep the teacher beside the student? What each costs per token.

python benchmarks/signal_cost.py [results/demo/artifacts.json]
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

import torch
from transformers import AutoTokenizer

from alambic.distill.losses import Objectives
from alambic.distill.sequences import Collator, sequences
from alambic.distill.signal import Signal
from alambic.distill.student import build_student
from alambic.records import read_documents
from alambic.teach.signals.hidden_states import capture

DOCUMENTS = 2000
BATCH = 64

folders = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else "results/demo/artifacts.json").read_text())
paths = {name: Path(folder) for name, folder in folders.items()}
teacher, tokens_folder = paths["fetch/e5"], paths["tokenizer/medical"]
settings = json.loads((paths["distill/student"] / "manifest.json").read_text())["settings"]
documents = list(islice(read_documents(paths["clean/medical"], part="train"), DOCUMENTS))


def timed(name: str, action, tokens: int) -> float:
    """Run and print microseconds of processor time per student token."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"| {name} | {1e6 * cpu / tokens:.0f} | {tokens / wall:.0f} |")
    return cpu


tokenizer = AutoTokenizer.from_pretrained(tokens_folder)
run_teacher = capture(teacher)
signal = Signal(paths["teach/e5_states"])
examples = list(sequences(documents, tokenizer, length=128, signal=signal))
examples.sort(key=lambda example: len(example.ids))
count = sum(len(example.ids) for example in examples)
collate = Collator(pad=tokenizer.pad_token_id, width=384, variance=1.0)
batches = [examples[start : start + BATCH] for start in range(0, len(examples), BATCH)]
student = build_student(teacher, tokens_folder, layers=settings["layers"], initial="teacher", vocabulary=len(tokenizer))
module = Objectives(student, {"hidden_regression": {"weight": 1.0}}, mask_id=tokenizer.mask_token_id)


def step() -> None:
    """Train on every batch, forward and backward."""
    for batch in collated:
        module(batch)["loss"].backward()


print(f"{DOCUMENTS} documents, {count} student tokens, {torch.get_num_threads()} threads\n")
print("| what | processor µs per student token | student tokens per second |\n|---|---|---|")
run_teacher(documents[:100])
timed("teacher's forward, as if beside the student", lambda: run_teacher(documents), count)
timed("reading the store: align, average, collate", lambda: [collate(batch) for batch in batches], count)
collated = [collate(batch) for batch in batches]
timed("student's forward and backward", step, count)
stored = sum(path.stat().st_size for path in paths["teach/e5_states"].glob("*.parquet"))
facts = json.loads((paths["teach/e5_states"] / "manifest.json").read_text())["facts"]
print(f"\nstore: {stored / 1e6:.0f} MB, {facts['bytes_per_token']} bytes per teacher token, {facts['tokens']:,} tokens")
