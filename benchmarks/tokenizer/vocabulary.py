"""What each added piece of vocabulary buys: fertility, parameters, speed.

python benchmarks/tokenizer/vocabulary.py BASE ICD CORPORA [--pieces 0 500 1000 2000 5000 10000] [--width 384]

BASE is a `fetch` artifact and ICD a collected icd10_fr (`results/demo/artifacts.json` says where); CORPORA holds the
folders e3c_cases, drug_leaflets and handwriting_lines. Pieces are learnt from 710 cases, 20,000 sentences of leaflets
and four fifths of the ICD's categories; measured on the other cases, leaflets further on, and the other categories.
Speed is that of the tokenizer alone on one thread, by processor time, the median of five readings. Initial vectors
change nothing of what is measured here: they are compared by students distilled with them.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"

from tokenizers import Tokenizer  # reads its number of threads when it is imported

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.settings import Tokenizer as Settings
from alambic.stages.tokenizer.base import open_base
from alambic.stages.tokenizer.general_french import MEASURED, sentences
from alambic.stages.tokenizer.measure import check_round_trip, measure
from alambic.stages.tokenizer.run import run
from alambic.tasks.sampling import draw

CASES = 120  # to measure
PIECES = [0, 500, 1000, 2000, 5000, 10000]
READINGS = 5


def main() -> None:
    """Print a table: a row for each number of pieces, trimmed or not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base", "icd", "corpora"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--pieces", type=int, nargs="+", default=PIECES)
    parser.add_argument("--width", type=int, default=384, help="of the model, for the number of parameters")
    parser.add_argument("--minimum-count", type=int, default=5)
    given = parser.parse_args()
    train, texts = split(given.icd, given.corpora)
    base = open_base(given.base)
    columns = ["pieces", "embedding parameters, M", *(f"{name}, tokens/word" for name in texts)]
    columns += ["general cut otherwise than by joining", "words/s, 1 thread", "texts that come back"]
    print("| | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    show("base, as it is", base.backend, base.backend, base.fast.unk_token_id, texts, given.width)
    for wanted in given.pieces:
        settings = Settings(base="base", corpus="corpus", added_pieces=wanted, minimum_count=given.minimum_count)
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as corpus:
            found = (Document(str(number), text, "benchmark", "", "") for number, text in enumerate(train))
            write_documents(found, Path(corpus), part="train")
            write_documents(iter(()), Path(corpus), part="held_out")
            run(settings, Inputs({"base": [given.base], "corpus": [Path(corpus)]}), Path(folder))
            new = open_base(Path(folder))
        show(f"trimmed, +{wanted:,}", new.backend, base.backend, new.fast.unk_token_id, texts, given.width)


def split(icd: Path, corpora: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Return the texts to learn from, and those to measure, by name."""
    lines = gzip.decompress((corpora / "e3c_cases" / "cases.jsonl.gz").read_bytes()).decode().splitlines()
    cases = [" ".join(json.loads(line)["text"].split()) for line in lines]
    leaflets = (
        gzip.decompress((corpora / "drug_leaflets" / "unique_sentences.txt.gz").read_bytes()).decode().splitlines()
    )
    parts: dict[bool, list[str]] = {True: [], False: []}
    for document in read_documents(icd):
        parts[draw("vocabulary", document.metadata["code"][:3]) < 0.2].append(document.text)
    lines = (corpora / "handwriting_lines" / "peraire-ground-truth.tsv").read_text().splitlines()
    written = [line.split("\t")[2] for line in lines]
    chosen, cut = random.Random(0), len(leaflets) * 9 // 10
    train = cases[:-CASES] + chosen.sample(leaflets[:cut], 20_000) + parts[False]
    return train, {
        "cases": cases[-CASES:],
        "leaflets": chosen.sample(leaflets[cut:], 2000),
        "ICD labels": chosen.sample(parts[True], 2000),
        "general": sentences(MEASURED) + [line for line in written if line.strip() and not set(line) & set("<>⟦⟧")],
    }


def show(
    name: str, tokenizer: Tokenizer, base: Tokenizer, unknown: int | None, texts: dict[str, list[str]], width: int
) -> None:
    """Measure one tokenizer and print its row."""
    size = tokenizer.get_vocab_size()
    fertility = " | ".join(f"{measure(tokenizer, some, unknown=unknown).fertility:.3f}" for some in texts.values())
    otherwise = statistics.mean(not ends(tokenizer, text) <= ends(base, text) for text in texts["general"])
    everything = [text for some in texts.values() for text in some]
    back = check_round_trip(tokenizer, everything, unknown=unknown)
    cells = [f"{size:,}", f"{size * width / 1e6:.1f}", fertility, f"{otherwise:.1%}"]
    cells += [f"{words_per_second(tokenizer, everything):,.0f}", f"{back:,} of {len(everything):,}"]
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def ends(tokenizer: Tokenizer, text: str) -> set[int]:
    """Return where tokens end, in characters."""
    return {end for _, end in tokenizer.encode(text, add_special_tokens=False).offsets}


def words_per_second(tokenizer: Tokenizer, texts: list[str]) -> float:
    """Return the median speed of encoding, by processor time, so that other work on the machine counts little."""
    seconds = []
    for _ in range(READINGS):
        start = time.process_time()
        for text in texts:
            tokenizer.encode(text, add_special_tokens=False)
        seconds.append(time.process_time() - start)
    return sum(len(text.split()) for text in texts) / statistics.median(seconds)


if __name__ == "__main__":
    main()
