"""How much of a teacher's bare forward throughput is left when what it says is stored.

python benchmarks/teach/capture.py TEACHER CORPUS [--signal next_tokens] [--documents 200] [--rounds 3] [--ranks 1 4]

TEACHER is a folder with a model and its tokenizer, CORPUS a cleaned corpus (artifacts/clean/...). By turns, on the same
windows in the same batches: the model alone, of one rank, on tokens that were made before, with nothing kept; and the
stage's own capture from text to file, shared by as many ranks as `--ranks` says, on one GPU where there is one. There
time is that of a clock, until the last rank is done; else that of the processor, all ranks together.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import Document, read_documents, write_table
from alambic.models.causal import first_token
from alambic.models.device import device_of, reading_dtype
from alambic.models.padding import padded
from alambic.models.positions import window_length
from alambic.stages.teach.windows import TOKENS_PER_FORWARD, batched, cut

SIGNALS = ["next_tokens", "hidden_states"]
SHARD = 2000  # documents, as a stage has by default


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--signal", choices=SIGNALS, default=SIGNALS[0])
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1])
    given = parser.parse_args()
    unit = "tokens per " + ("second" if torch.cuda.is_available() else "processor second")
    print(f"{given.signal} of {given.documents} documents, {torch.get_num_threads()} threads, {given.rounds} rounds\n")
    print(f"| ranks | {unit}, the model alone | stored | share (each round) |\n|---|---|---|---|")
    for ranks in given.ranks:
        rounds = measured(given, ranks)
        alone, stored = (median(tokens / seconds[which] for tokens, seconds in rounds) for which in (0, 1))
        shares = [seconds[0] / seconds[1] for _, seconds in rounds]
        shown = ", ".join(f"{share:.2f}" for share in shares)
        print(f"| {ranks} | {alone:,.0f} | {stored:,.0f} | {median(shares):.2f} ({shown}) |", flush=True)


def measured(given: argparse.Namespace, ranks: int) -> list[tuple[int, tuple[float, float]]]:
    """Give the tokens of each round, and the seconds of the model alone and of the capture."""
    context = multiprocessing.get_context("spawn")
    together, answers = context.Barrier(ranks), context.Queue()
    processes = [
        context.Process(target=be_a_rank, args=(given, rank, ranks, together, answers)) for rank in range(ranks)
    ]
    for process in processes:
        process.start()
    found = [answers.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    longest = max if torch.cuda.is_available() else sum
    rounds = zip(*found, strict=True)
    return [(sum(t for t, *_ in own), (sum(s for _, s, _ in own), longest(s for *_, s in own))) for own in rounds]


def be_a_rank(given: argparse.Namespace, rank: int, ranks: int, together: Any, answers: Any) -> None:
    """Read by turns: the first rank all documents with the model alone, then each its shards, after one such round."""
    documents = list(islice(read_documents(given.corpus, part="train"), given.documents))
    size = min(SHARD, -(-len(documents) // ranks))
    shards = [documents[start : start + size] for start in range(0, len(documents), size)]
    alone, stored = prepare_bare(given, shards if rank == 0 else []), prepare_stored(given, shards[rank::ranks])
    now = time.perf_counter if torch.cuda.is_available() else time.process_time
    found = []
    for number in range(given.rounds + 1):
        together.wait()
        begun = now()
        alone()
        between = now() - begun
        together.wait()
        begun = now()
        tokens = stored()
        if number:  # the first one warms up
            found.append((tokens, between, now() - begun))
    answers.put(found)


def prepare_bare(given: argparse.Namespace, shards: list[list[Document]]) -> Callable[[], None]:
    """Open the teacher; return what reads the windows of the capture, and keeps nothing."""
    device, causal = device_of(), given.signal == "next_tokens"
    tokenizer = AutoTokenizer.from_pretrained(given.teacher)
    kind, dtype = (AutoModelForCausalLM, reading_dtype()) if causal else (AutoModel, torch.float32)
    model: Any = kind.from_pretrained(given.teacher, dtype=dtype).eval().to(device)
    start = [first_token(tokenizer)] if causal else []
    longest = 2047 if causal else window_length(model.config, tokenizer)
    batches = []
    for shard in shards:
        windows = cut(tokenizer, [document.text for document in shard], longest=longest, special=not causal)
        read = [window for window in windows if window.ids]
        batches += [
            padded([[*start, *window.ids] for window in batch])
            for batch in batched(read, most=TOKENS_PER_FORWARD[device.type])
        ]

    @torch.inference_mode()
    def work() -> None:
        for batch in batches:
            model(**{name: values.to(device) for name, values in batch.items()})
        if device.type == "cuda":
            torch.cuda.synchronize()

    return work


def prepare_stored(given: argparse.Namespace, shards: list[list[Document]]) -> Callable[[], int]:
    """Open the teacher as the stage does; return what stores its signal, and counts its tokens."""
    capture = import_module(f"alambic.stages.teach.signals.{given.signal}").capture(given.teacher)

    def work() -> int:
        tokens = 0
        with tempfile.TemporaryDirectory() as folder:
            for shard in shards:
                table = capture(shard)
                tokens += int(table.schema.metadata[b"tokens"])
                write_table(table, Path(folder) / "signal.parquet")
        return tokens

    return work


if __name__ == "__main__":
    main()
