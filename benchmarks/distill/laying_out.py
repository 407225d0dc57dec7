"""How long a training lays its examples out before its first step, by the number of processes.

python benchmarks/distill/laying_out.py [results/demo/artifacts.json] [--processes 1 2 4] [--rounds 3]

The corpus of a finished demo, tokenised and aligned with the stored states of its teacher, and written down; nothing is
trained. Numbers of processes take turns. The time of a wall: on two cores that others use it says little.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from transformers import AutoTokenizer

from alambic.data.documents import read_documents
from alambic.stages.distill.examples.hidden_states import StoredStates
from alambic.stages.distill.examples.sequences import Sequences, sequences

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from demo_student import ROLES, folders


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("artifacts", type=Path, nargs="?", default=Path("results/demo/artifacts.json"))
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    paths = {role: folders(given.artifacts)[name] for role, name in ROLES.items()}
    found: dict[int, list[float]] = {processes: [] for processes in given.processes}
    count = 0
    with tempfile.TemporaryDirectory() as work:
        for _ in range(given.rounds):
            for processes, seconds in found.items():
                begun = time.perf_counter()
                count = lay_out(paths, Path(work) / "examples", processes)
                seconds.append(time.perf_counter() - begun)
                shutil.rmtree(Path(work) / "examples")
    print(f"{count} sequences\n\n| processes | seconds, median | ms per sequence |\n|---|---|---|")
    for processes, seconds in found.items():
        middle = statistics.median(seconds)
        print(f"| {processes} | {middle:.1f} | {1e3 * middle / count:.2f} |")


def lay_out(paths: dict[str, Path], folder: Path, processes: int) -> int:
    """Write the examples of the demo's student down; return how many there are."""
    tokenizer, signal = AutoTokenizer.from_pretrained(paths["tokenizer"]), StoredStates(paths["signal"])
    documents = read_documents(paths["corpus"], part="train")
    cut = sequences(documents, tokenizer, length=128, signal=signal, processes=processes)
    return len(Sequences(folder, cut, signal=signal, write=True))


if __name__ == "__main__":
    main()
