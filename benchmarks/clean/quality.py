"""What the step `quality` takes from real medical prose, which is all good, and from text that is none.

    python benchmarks/clean/quality.py FOLDER

FOLDER holds e3c_cases, drug_leaflets and morfitt. Beside the defaults: FineWeb2's own thresholds. Bad texts are made of
the cases: 200 each.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from personal_data import texts

from alambic.data.documents import Document
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.steps.quality import LITTLE, step

CHOICES = {"defaults": step(), "FineWeb2's": step(alphabetic=0.812, repetition=1)}
MADE, SHOWN = 200, 2


def main() -> None:
    """Print what is dropped of good texts, samples, and what is dropped of bad ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=10**6, help="texts of each corpus, drawn at random")
    given = parser.parse_args()
    found = {name: list(texts(given.folder / name)) for name in ("e3c_cases", "morfitt", "drug_leaflets")}
    draw = random.Random(0)
    print("| good texts | thresholds | texts | dropped | because |\n|---|---|---|---|---|")
    for name, whole in found.items():
        some = draw.sample(whole, min(given.most, len(whole)))
        for thresholds, quality in CHOICES.items():
            print(f"| {name} | {thresholds} | {told(quality, some)} |", flush=True)
    print("\n| bad texts | texts | dropped | because |\n|---|---|---|---|")
    for name, spoil in BAD.items():
        made = [spoil(text, draw) for text in draw.sample(found["e3c_cases"], MADE)]
        print(f"| {name} | {told(CHOICES['defaults'], made)} |", flush=True)


def told(quality: Callable[[Document], Document | str], found: list[str]) -> str:
    """Tell how many texts there are, how many are dropped, and why."""
    results = [quality(Document("", text, "", "", "")) for text in found]
    reasons = Counter(result for result in results if isinstance(result, str))
    because = ", ".join(f"{reason} ({number})" for reason, number in reasons.most_common())
    return f"{len(found):,} | {reasons.total() / len(found):.2%} | {because or 'nothing'}"


def key_words(text: str, draw: random.Random) -> str:
    """Keep the words that are no little ones, once each."""
    return ", ".join(dict.fromkeys(word for word in folded_words(text) if word not in LITTLE))


def table(text: str, draw: random.Random) -> str:
    """Put three figures after each word."""
    return "\n".join(f"{word} {' '.join(str(draw.randrange(200)) for _ in range(3))}" for word in text.split()[:100])


def menu(text: str, draw: random.Random) -> str:
    """Put what a site repeats between all lines."""
    return "\n".join(f"{line}\nAccueil Actualités Contact" for line in text.split("."))


def previews(text: str, draw: random.Random) -> str:
    """Break off each line."""
    return "\n".join(f"{' '.join(line.split()[:12])}..." for line in text.split("."))


def stuttering(text: str, draw: random.Random) -> str:
    """Say everything twice."""
    return f"{text} {text}"


def items(text: str, draw: random.Random) -> str:
    """Make an item of each clause."""
    return "\n".join(f"- {clause}" for clause in text.split(","))


BAD: dict[str, Callable[[str, random.Random], str]] = {
    "key words": key_words,
    "a table of figures": table,
    "a menu between the lines": menu,
    "previews": previews,
    "said twice": stuttering,
    "items": items,
}

if __name__ == "__main__":
    main()
