"""What it brings to compare a student's longer pieces as wholes, not only by the teacher's piece that they begin with.

python benchmarks/distill/longer_pieces.py CORPUS [--teacher FOLDER] [--steps 100] [--added 1000] [--output FOLDER]

The students of `store.py`, with pieces of their own beside the teacher's, learn by forward KL alone from one store,
from the same weights in the same order: with the term of `alambic.stages.distill.piece_alignment` and without it. The
score is the cross-entropy of held-out text, in nats per character, which other pieces do not change.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from store import held_out_loss, learn, prepare
from transformers import AutoTokenizer

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.settings import Teach
from alambic.stages.distill.objectives import forward_kl
from alambic.stages.teach.run import run as teach

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from remembering import reading_once
from smollm2 import fetch_smollm2

WHOLE = forward_kl.divergence
WAYS = {"first parts and wholes": WHOLE, "first parts alone": lambda logits, said: logits.new_zeros(len(logits))}


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--added", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--output", type=Path, default=Path("longer-pieces"))
    given = parser.parse_args()
    teacher = given.teacher or fetch_smollm2(given.output / "smollm2")
    inputs = prepare(teacher, given.corpus, given.output, steps=given.steps, added=given.added)
    signal = given.output / "signal"
    signal.mkdir(exist_ok=True)
    with reading_once(teacher):
        teach(Teach(teacher="t", corpus="c", signal="next_tokens"), inputs, signal)
    inputs = Inputs({**inputs, "signal": [signal]})
    found: dict[str, list[float]] = {}
    for name in WAYS:
        for seed in given.seeds:
            place = given.output / f"{name} {seed}.json"
            if not place.exists():
                place.write_text(json.dumps(study(name, seed, inputs, given.output)))
                print(place.stem, place.read_text(), flush=True)
            found.setdefault(name, []).append(json.loads(place.read_text()))
    print("| what is compared | nats per character, held out | each seed |\n|---|---|---|")
    for name, values in found.items():
        print(f"| {name} | {np.mean(values):.4f} | {', '.join(f'{value:.4f}' for value in values)} |")


def study(name: str, seed: int, inputs: Inputs, output: Path) -> float:
    """Train one student, and give the cross-entropy of held-out text."""
    forward_kl.divergence = WAYS[name]
    tokenizer = AutoTokenizer.from_pretrained(inputs.one("tokenizer"))
    setup, _ = learn(inputs, tokenizer, output / f".work {name} {seed}", seed=seed, learns_from={"signal": "s"})
    tokens = characters = 0
    for document in read_documents(inputs.one("corpus"), part="held_out"):
        tokens += len(tokenizer(document.text, add_special_tokens=False)["input_ids"])
        characters += len(document.text)
    lost = held_out_loss(setup.student_model, inputs, tokenizer, against=("cross_entropy",))
    return lost["cross_entropy"] * tokens / characters


if __name__ == "__main__":
    main()
