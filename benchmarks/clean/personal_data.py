"""How much personal data the step `personal_data` finds in invented letters, and what it takes for it in real prose.

    python benchmarks/clean/personal_data.py FOLDER

FOLDER holds e3c_cases, drug_leaflets and morfitt: published texts, in which names of patients do not occur. Addresses,
telephone numbers and pages of authorities and makers do occur in leaflets: these are counted, and no false alarm.
"""

import argparse
import csv
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from alambic.stages.clean.personal.finding import find

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
from synthetic_letters import HELD_OUT, TRAIN, letters

LETTERS, SEED, SHOWN = 2500, 1, 4


def main() -> None:
    """Print recall and precision by kind on the letters, then what is found in real prose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    for about, templates in (("templates in view", TRAIN), ("held-out templates", HELD_OUT)):
        print(
            f"{LETTERS} letters, {about}\n\n| kind | there | wholly masked | masked without reason |\n|---|---|---|---|"
        )
        there, whole, wrong = counted(templates)
        for kind in sorted(there):
            print(f"| {kind} | {there[kind]:,} | {whole[kind] / there[kind]:.3f} | {wrong[kind]} |")
    for name in ("e3c_cases", "morfitt", "drug_leaflets"):
        show(name, list(texts(given.folder / name)))


def counted(templates: tuple[str, ...]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Count, by kind, what is there, what of it is wholly masked, and what is masked that overlaps nothing."""
    there, whole, wrong = Counter[str](), Counter[str](), Counter[str]()
    for text, spans in letters(LETTERS, seed=SEED, templates=templates):
        found = find(text)
        for start, end, kind in spans:
            there[kind] += 1
            whole[kind] += any(a <= start and end <= b for a, b, _ in found)
        for a, b, kind in found:
            wrong[kind] += not any(a < end and start < b for start, end, _ in spans)
    return there, whole, wrong


def show(name: str, found_in: list[str]) -> None:
    """Print what is found per 100,000 words, with samples."""
    words, found = sum(len(text.split()) for text in found_in), Counter[str]()
    samples: dict[str, list[str]] = {}
    for text in found_in:
        for start, end, kind in find(text):
            found[kind] += 1
            samples.setdefault(kind, []).append(" ".join(text[max(0, start - 12) : end + 5].split()))
    print(f"\n{name}: {words:,} words\n\n| kind | found | per 100,000 words | samples |\n|---|---|---|---|")
    draws = random.Random(SEED)
    for kind, number in sorted(found.items()):
        shown = "; ".join(draws.sample(samples[kind], k=min(SHOWN, number)))
        print(f"| {kind} | {number} | {1e5 * number / words:.1f} | {shown} |")


def texts(folder: Path) -> Iterator[str]:
    """Read the texts of a folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            yield from (json.loads(line)["text"] for line in stream)
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as stream:
            yield from (row["abstract"] for row in csv.DictReader(stream, delimiter="\t"))


if __name__ == "__main__":
    main()
