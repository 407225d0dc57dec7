"""What each cleaning step takes from real French medical texts, alone, and at which speed.

    python benchmarks/clean/cleaning.py FOLDER [--steps boilerplate personal_data]

FOLDER holds e3c_cases, drug_leaflets and morfitt. One core; words stand between white space.
"""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

from personal_data import texts

from alambic import plugins
from alambic.data.documents import Document

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
from one_step import take_through


def main() -> None:
    """Print a table: a row per corpus and step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", nargs="+", default=plugins.names("stages.clean.steps"))
    given = parser.parse_args()
    print("| corpus | words | step | documents dropped | changed | words taken away | words per processor second |")
    print("|---|---|---|---|---|---|---|")
    for name in ("e3c_cases", "morfitt", "drug_leaflets"):
        found = [Document(str(n), text, name, "", "none") for n, text in enumerate(texts(given.folder / name))]
        for step in given.steps:
            print(f"| {name} | {words(found):,} | {step} | {told(step, found)} |", flush=True)


def told(name: str, documents: list[Document]) -> str:
    """Take documents through one step, and say what became of them."""
    step, begun = import_module(f"alambic.stages.clean.steps.{name}").step(), time.process_time()
    results = take_through(step, documents)
    seconds = time.process_time() - begun
    kept = [one for one in results if not isinstance(one, str)]
    changed = sum(one.text != was.text for one, was in zip(results, documents, strict=True) if not isinstance(one, str))
    gone = 1 - words(kept) / words(documents)
    return f"{len(documents) - len(kept)} | {changed} | {gone:.1%} | {words(documents) / seconds:,.0f}"


def words(documents: list[Document]) -> int:
    """Count words."""
    return sum(len(document.text.split()) for document in documents)


if __name__ == "__main__":
    main()
