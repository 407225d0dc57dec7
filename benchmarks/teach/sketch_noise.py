"""How much noise a sketch brings into a student's gradient, by how many ids it keeps and how many it samples.

python benchmarks/teach/sketch_noise.py CORPUS [--teacher FOLDER] [--documents 12] [--rounds 8]

The gradient of forward KL in the teacher's own state is the output layer times the difference of two distributions. The
figure is the variance of that gradient over sketches of one token, summed over dimensions, mean over tokens.
"""

import argparse
import sys
from itertools import islice
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from alambic.data.documents import read_documents
from alambic.data.sketch import sketch

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from smollm2 import fetch_smollm2

SPLITS = ((64, 64), (24, 24), (6, 40), (6, 28), (4, 24), (6, 20), (2, 24), (10, 10), (6, 6), (1, 4))
LENGTH, EVERY = 64, 3  # tokens read of a document, and how far those lie apart that are looked at


@torch.inference_mode()
def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=8)
    given = parser.parse_args()
    teacher = given.teacher or fetch_smollm2(Path("sketch-noise/smollm2"))
    model = AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32).eval()
    tokenizer, table = AutoTokenizer.from_pretrained(teacher), model.get_output_embeddings().weight
    texts = [document.text for document in islice(read_documents(given.corpus, part="train"), given.documents)]
    ids = [tokenizer(text, return_tensors="pt")["input_ids"][:, :LENGTH] for text in texts]
    states = torch.cat([model.model(some).last_hidden_state[0, ::EVERY] for some in ids])
    probabilities = (states @ table.T).softmax(1)
    exact = probabilities @ table
    draws = torch.Generator().manual_seed(1)
    print(f"{len(states)} tokens\n\n| top + sampled | variance of the gradient |\n|---|---|")
    for top, sampled in SPLITS:
        noise = 0.0
        for _ in range(given.rounds):
            drawn = torch.rand(len(states), top + 2, generator=draws)
            found, weights = sketch(probabilities, top=top, sampled=sampled, draws=drawn).weights()
            gradients = torch.einsum("nk,nkw->nw", weights, table[found])
            noise += float((gradients - exact).square().sum(1).mean()) / given.rounds
        print(f"| {top} + {sampled} | {noise:.4f} |", flush=True)


if __name__ == "__main__":
    main()
