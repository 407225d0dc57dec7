"""How much of a causal teacher's bare forward throughput is left when what it expects is stored.

python benchmarks/capture.py TEACHER CORPUS [--documents 200] [--rounds 3]

TEACHER is a folder with a causal model and its tokenizer, CORPUS a cleaned corpus (artifacts/clean/...). By turns, on
the same windows in the same batches: the model with its output layer and nothing kept, and the stage's own capture.
"""

import argparse
import time
from itertools import islice
from pathlib import Path
from statistics import median

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.causal import first_token
from alambic.device import device_of
from alambic.records import read_documents
from alambic.teach.signals.next_tokens import capture
from alambic.teach.windows import TOKENS_PER_FORWARD, batched, cut, padded


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    documents = list(islice(read_documents(given.corpus, part="train"), given.documents))
    stored, bare = capture(given.teacher), forward(given.teacher)
    stored(documents[:5])
    tokens = bare([document.text for document in documents[:5]])
    seconds: dict[str, list[float]] = {"bare": [], "stored": []}
    for _ in range(given.rounds):
        began = time.process_time()
        tokens = bare([document.text for document in documents])
        between = time.process_time()
        stored(documents)
        seconds["bare"].append(between - began)
        seconds["stored"].append(time.process_time() - between)
    ratios = [one / other for one, other in zip(seconds["bare"], seconds["stored"], strict=True)]
    print(f"{len(documents)} documents, {tokens} tokens, {torch.get_num_threads()} threads, {given.rounds} rounds\n")
    print("| | tokens per processor second | share of the bare forward (each round) |\n|---|---|---|")
    print(f"| bare forward | {tokens / median(seconds['bare']):.0f} | 1 |")
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"| next_tokens | {tokens / median(seconds['stored']):.0f} | {median(ratios):.2f} ({shown}) |")


def forward(teacher: Path):
    """Open the teacher; return what reads texts as the capture does, keeps nothing, and counts their tokens."""
    tokenizer = AutoTokenizer.from_pretrained(teacher)
    device = device_of()
    model = AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32).eval().to(device)
    start = first_token(tokenizer)

    def read(texts: list[str]) -> int:
        windows = [window for window in cut(tokenizer, texts, longest=2047, special=False) if window.ids]
        for batch in batched(windows, most=TOKENS_PER_FORWARD[device.type]):
            with torch.inference_mode():
                model(**padded([[start, *window.ids] for window in batch], device), use_cache=False)
        return sum(len(window.ids) for window in windows)

    return read


if __name__ == "__main__":
    main()
