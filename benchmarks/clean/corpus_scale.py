"""What cleaning costs as a corpus grows: throughput, memory, disk; and whether planted duplicates go, all of them.

    python benchmarks/clean/corpus_scale.py [--megabytes 10 100 1000 5000] [--ranks 1] [--steps STEP ...]
        [--folder FOLDER]

Each size is written as synthetic French (benchmarks/support/synthetic_french.py) and cleaned by the stage's own code in
processes of its own. Processor time is that of all ranks; peak memory, that of the largest rank, and how much of it is
its own (the rest is pages of files, which the system takes back when others need them), looked at ten times a second;
the disk, what the stage had at most besides its input. Everything is removed afterwards.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from synthetic_french import write_source

ROOT = Path(__file__).parents[2]
STEPS = ("normalise", "length", "language", "quality", "exact_duplicates", "near_duplicates", "duplicate_paragraphs")


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", nargs="+", type=int, default=[10, 100, 1000, 5000])
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--steps", nargs="+", default=STEPS)
    parser.add_argument("--folder", type=Path, default=None, help="where to work; several times the largest size")
    parser.add_argument("--child", nargs=2, type=Path, metavar=("SOURCE", "OUTPUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        clean(*given.child, given.steps)
        return
    print(f"steps: {' '.join(given.steps)}; {given.ranks} rank(s)\n")
    columns = "MB | documents | planted exact, near, paragraphs | found | MB per processor second"
    print(f"| {columns} | peak MB of a rank | of its own | disk, MB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for size in given.megabytes:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            print(row(Path(folder), size, given), flush=True)


def row(folder: Path, size: int, given: argparse.Namespace) -> str:
    """Make a corpus, clean it, and tell."""
    kinds = write_source(folder / "source", size)
    (folder / "out").mkdir()
    command = [ROOT / "scripts" / "launch.sh", "--ranks", given.ranks, "--", sys.executable, __file__]
    command += ["--steps", *given.steps, "--child", folder / "source", folder / "out"]
    process = subprocess.Popen([str(part) for part in command])
    disk = 0
    while process.poll() is None:
        disk = max(disk, used(folder / "out"))
        time.sleep(0.5)
    assert process.returncode == 0
    told = [json.loads(path.read_text()) for path in sorted(folder.glob("out/told-*.json"))]
    funnel = told[0]["facts"]["funnel"]["synthetic"]
    found = [funnel["dropped"].get("exact_duplicates: duplicate", 0)]
    found += [funnel["dropped"].get("near_duplicates: near duplicate", 0)]
    found += [funnel["changed"].get("duplicate_paragraphs", 0)]
    seconds = sum(one["seconds"] for one in told)
    peak, own = (max(one[name] for one in told) for name in ("peak_mb", "own_mb"))
    planted = ", ".join(f"{kinds[kind]:,}" for kind in ("exact", "near", "paragraph"))
    counts = f"{sum(kinds.values()):,} | {planted} | {', '.join(f'{number:,}' for number in found)}"
    return f"| {size:,} | {counts} | {size / seconds:.2f} | {peak:,.0f} | {own:,.0f} | {disk / 1e6:,.0f} |"


def used(folder: Path) -> int:
    """Count the bytes under a folder in which others write."""
    try:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except OSError:
        return 0


def clean(source: Path, output: Path, steps: list[str]) -> None:
    """Be one rank: clean, and write down what it took."""
    from alambic.data.inputs import Inputs
    from alambic.settings import Clean
    from alambic.stages.clean.run import run

    held: list[float] = []
    threading.Thread(target=watch, args=(held,), daemon=True).start()
    begun = time.process_time()
    facts = run(Clean(sources=["s"], steps={step: {} for step in steps}), Inputs(sources=[source]), output)
    told = {
        "facts": facts,
        "seconds": time.process_time() - begun,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "own_mb": max(held),
    }
    (output / f"told-{os.environ.get('RANK', '0')}.json").write_text(json.dumps(told))


def watch(held: list[float]) -> None:
    """Note again and again how many MB this process holds of its own."""
    while True:
        lines = Path("/proc/self/status").read_text().splitlines()
        held.append(next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")))
        time.sleep(0.1)


if __name__ == "__main__":
    main()
