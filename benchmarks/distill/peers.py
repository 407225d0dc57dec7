"""Speed and memory of distillation, beside those who do it too: SmolLM2-135M to a student of 30 M with its tokenizer.

python benchmarks/distill/peers.py CORPUS --peers-python PEERS/bin/python [--rounds 3] [--steps 5] [--batch 8]
    [--output FOLDER]

CORPUS is a cleaned corpus (artifacts/clean/...). PEERS is an environment of its own, in which this project's torch and
transformers stand beside `pip install --no-deps trl torchdistill torchvision` (tried: trl 1.16.0; torchdistill 1.1.5
with torchvision 0.28.0).
Every contender is a process of its own on one thread: the same student and teacher in fp32, the same texts in the same
batches of 8 x 128 tokens, AdamW, clipped gradients. They take turns, so that a busy machine slows all alike.

Tokens are those of the text, without padding. Processor time is the figure to trust; memory is the most that a process
ever held. `limit` is the bare student with cross-entropy: no teacher, nobody's loop. Where there is a GPU all but
torchdistill train on it in bf16; then wall time is the figure to trust, and memory is what PyTorch gave of the GPU's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from transformers import AutoConfig

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Teach, Tokenizer
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit
from alambic.training.batch_order import batches

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from peers_ours import LENGTH, SEED, inputs_of, prepare
from smollm2 import fetch_smollm2

CHARACTERS_PER_TOKEN = 2.8  # about as many as there are, of French by this tokenizer
HERE = Path(__file__).parent
CONTENDERS = {
    "limit": "bare student, cross-entropy",
    "stored": "Alambic, from the store",
    "online": "Alambic, teacher beside it",
    "trainer": "transformers Trainer with a KL term",
    "trl": "TRL, GKDTrainer",
    "torchdistill": "torchdistill, KDLoss",
}


def main() -> None:
    """Prepare what all share, let them take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--peers-python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--batch", type=int, default=8, help="sequences of a step")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--output", type=Path, default=Path("peers-study"))
    given = parser.parse_args()
    if not (given.output / "batches.json").exists():
        share(given.corpus, given.output, steps=given.steps, batch=given.batch)
    found: dict[str, list[dict]] = {name: [] for name in given.only}
    for number in range(given.rounds):
        for name in given.only:
            found[name].append(measure(name, given.output, given.peers_python))
            print(number, name, json.dumps(found[name][-1]), file=sys.stderr, flush=True)
    if given.rounds:
        table(found)


def share(corpus: Path, folder: Path, *, steps: int, batch: int) -> None:
    """Write teacher, tokenizer, text, store, student and batches: what every contender begins with."""
    for name in ("teacher", "corpus", "tokenizer", "signal"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    fetch_smollm2(folder / "teacher")
    characters = round(steps * batch * LENGTH * CHARACTERS_PER_TOKEN)
    write_documents(some_text(corpus, characters), folder / "corpus", part="train")
    write_documents(islice(read_documents(corpus, part="held_out"), 10), folder / "corpus", part="held_out")
    fitted = Tokenizer(base="t", corpus="c", added_pieces=0, trim=False)
    fit(fitted, Inputs(base=[folder / "teacher"], corpus=[folder / "corpus"]), folder / "tokenizer")
    teach(Teach(teacher="t", corpus="c", signal="next_tokens"), inputs_of(folder), folder / "signal")
    prepared = prepare(folder, online=False, batch=batch, work=folder / ".work" / "examples")
    # Fitting adds a special token, which the text has not: TRL wants as many rows as the teacher has.
    prepared.student.resize_token_embeddings(AutoConfig.from_pretrained(folder / "teacher").vocab_size)
    prepared.student.save_pretrained(folder / "student")
    order = batches(len(prepared.examples), batch_size=batch, epoch=0, seed=SEED, lengths=prepared.lengths)
    ids = [[prepared.examples[place].ids.tolist() for place in places] for places in order]
    (folder / "batches.json").write_text(json.dumps(ids))


def some_text(corpus: Path, characters: int) -> Iterator[Document]:
    """Take documents until there is enough, and of the last one only its beginning."""
    for document in read_documents(corpus, part="train"):
        yield replace(document, text=document.text[:characters])
        characters -= len(document.text)
        if characters <= 0:
            return


def measure(name: str, folder: Path, python: str) -> dict:
    """Run one contender."""
    ours = name in ("online", "stored")
    program, python = ("peers_ours.py", sys.executable) if ours else ("peers_child.py", python)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [python, HERE / program, name, folder]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def table(found: dict[str, list[dict]]) -> None:
    """Print medians over rounds, and the range of processor time's."""
    print("| contender | tokens per processor second | tokens per second | peak memory, MB |\n|---|---|---|---|")
    for name, runs in found.items():
        speeds = [run["tokens"] / run["processor"] for run in runs]
        walls = statistics.median(run["tokens"] / run["wall"] for run in runs)
        memory = statistics.median(run["megabytes"] for run in runs)
        spread = f"{statistics.median(speeds):.0f} ({min(speeds):.0f} to {max(speeds):.0f})"
        print(f"| {CONTENDERS[name]} | {spread} | {walls:.0f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
