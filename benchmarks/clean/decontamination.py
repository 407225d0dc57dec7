"""What decontamination finds and what it costs, on French medical corpora: planted leaks by kind, and false alarms.

    python benchmarks/clean/decontamination.py FOLDER

FOLDER holds the folders morfitt, quaero, drug_leaflets and e3c_cases. Test texts: MORFITT dev (abstracts), QUAERO dev
(MEDLINE titles, EMEA leaflets), E3C cases. Each is planted into a drug leaflet and looked for; the leaflets and the
cases themselves are looked through for what is not there.
"""

import argparse
import csv
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from alambic.stages.clean.decontamination.index import Index
from alambic.stages.clean.decontamination.reading import read_words
from alambic.stages.clean.decontamination.text_hashes import LONG, TextHasher
from alambic.stages.clean.folding import folded_words

Planted = Callable[[str, str, random.Random], str]


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1300, help="leaflets and cases looked through")
    parser.add_argument("--planted", type=int, default=150, help="leaks of each kind and set")
    arguments = parser.parse_args()
    sets, documents = read_sets(arguments.folder), read_documents(arguments.folder, limit=arguments.documents)
    hasher, draw = TextHasher(), random.Random(0)
    started = time.process_time()
    hashes = [(name, hasher.hash_text(read_words(text))) for name, texts in sets.items() for text in texts]
    index = Index(hasher, hashes)
    print(f"{len(hashes)} test texts indexed in {time.process_time() - started:.1f} CPU s: {index.texts()}\n")
    print("| planted | " + " | ".join(sets) + " |\n|---|" + "---|" * len(sets))
    for kind, plant in PLANTS.items():
        found = [recall(index, texts, documents["leaflets"], plant, draw, arguments.planted) for texts in sets.values()]
        print(f"| {kind} | " + " | ".join(found) + " |", flush=True)
    print("\n| looked through | documents | removed because of | words per CPU second |\n|---|---|---|---|")
    for name, texts in documents.items():
        started = time.process_time()
        because = Counter(leak.owner for text in texts if (leak := look(index, text)))
        speed = sum(len(text.split()) for text in texts) / (time.process_time() - started)
        print(f"| {name} | {len(texts)} | {dict(because) or 'nothing'} | {speed:,.0f} |", flush=True)


def look(index: Index, text: str) -> object:
    """Look through a document as the stage does."""
    parts = [part for part in text.split("\n") if part.strip()]
    return index.find(read_words(text), [read_words(part) for part in parts] if len(parts) > 1 else [])


def recall(index: Index, texts: list[str], hosts: list[str], plant: Planted, draw: random.Random, planted: int) -> str:
    """Plant as many test texts, of twenty words or more where they must differ, and count those that are found."""
    chosen = draw.sample(texts, min(planted, len(texts)))
    if plant in (changed_tenth, retold_page):
        chosen = [text for text in chosen if len(read_words(text)) >= LONG]
    if not chosen:
        return "-"
    return f"{sum(look(index, plant(text, draw.choice(hosts), draw)) is not None for text in chosen)}/{len(chosen)}"


def verbatim(text: str, host: str, draw: random.Random) -> str:
    """Leave it alone."""
    return text


def disguised(text: str, host: str, draw: random.Random) -> str:
    """Write it in capitals without accents, with other apostrophes and ligatures."""
    return " ".join(folded_words(text.replace("'", "’"))).upper().replace("OE", "Œ")


def in_a_page(text: str, host: str, draw: random.Random) -> str:
    """Put it into the middle of a leaflet, on the same line."""
    words = host.split()
    return f"{' '.join(words[: len(words) // 2])} {text} {' '.join(words[len(words) // 2 :])}"


def changed(text: str, draw: random.Random, *, share: float) -> str:
    """Put another word of the text in place of a share of its words, chosen at random."""
    words = text.split()
    return " ".join(draw.choice(words) if draw.random() < share else word for word in words)


def changed_tenth(text: str, host: str, draw: random.Random) -> str:
    """Change one word in ten."""
    return changed(text, draw, share=0.1)


def retold_page(text: str, host: str, draw: random.Random) -> str:
    """Change one word in ten, and put it as a paragraph into a leaflet."""
    return f"{host}\n{changed(text, draw, share=0.1)}\n{host}"


PLANTS: dict[str, Planted] = {
    "verbatim": verbatim,
    "capitals, no accents": disguised,
    "within a leaflet, on its line": in_a_page,
    "one word in ten changed": changed_tenth,
    "the same, as a paragraph of a leaflet": retold_page,
}


def read_sets(folder: Path) -> dict[str, list[str]]:
    """Read the test texts."""
    with (folder / "morfitt" / "dev.tsv").open(encoding="utf-8", newline="") as stream:
        abstracts = [row["abstract"] for row in csv.DictReader(stream, delimiter="\t")]
    quaero = {
        f"QUAERO {subset}": [path.read_text("utf-8") for path in sorted((folder / "quaero/dev" / subset).glob("*.txt"))]
        for subset in ("MEDLINE", "EMEA")
    }
    cases = [row["text"] for row in rows(folder / "e3c_cases/cases.jsonl.gz") if row["layer"] == "layer1"]
    return {"MORFITT": abstracts, **quaero, "E3C layer 1": cases}


def read_documents(folder: Path, *, limit: int) -> dict[str, list[str]]:
    """Read what is looked through; MORFITT's training abstracts and E3C's other cases are of the tests' kind."""
    with (folder / "morfitt" / "train.tsv").open(encoding="utf-8", newline="") as stream:
        abstracts = [row["abstract"] for row in csv.DictReader(stream, delimiter="\t")]
    cases = list(rows(folder / "e3c_cases/cases.jsonl.gz"))
    found = {
        "leaflets": [row["text"] for row in rows(folder / "drug_leaflets/leaflets.jsonl.gz")],
        "E3C layers 2 and 3": [row["text"] for row in cases if row["layer"] != "layer1"],
        "MORFITT train": abstracts,
    }
    return {name: texts[:limit] for name, texts in found.items()}


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Read JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


if __name__ == "__main__":
    main()
