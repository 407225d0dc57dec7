"""What grows with a corpus when cleaning: how long, and in how much memory, duplicates are found among what was noted.

    python benchmarks/clean/settling.py [--gigabytes 0.05 0.5 5] [--folder FOLDER]

No text is read: keys and sketches are drawn at random, as many as texts of 3,300 characters and seven paragraphs would
leave, one text in ten a copy of another. Each size is settled in a process of its own, by the steps' own code, with the
256 MB for sorting that are the default. It takes 0.2 GB of disk for a gigabyte of text.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.memory import VARIABLE
from alambic.stages.clean.steps import duplicate_paragraphs, exact_duplicates, near_duplicates

TEXT, PARAGRAPHS, PER_PART = 3300, 7, 50_000  # bytes of a text; paragraphs of it; texts of a part
COPIES, SEED = 0.1, 0
STEPS = {one.__name__.split(".")[-1]: one for one in (exact_duplicates, near_duplicates, duplicate_paragraphs)}


def main() -> None:
    """Print a row per size and step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", nargs="+", type=float, default=[0.05, 0.5, 5])
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--child", nargs=3, metavar=("STEP", "NOTES", "PARTS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        flag_keys(*given.child)
        return
    print(f"{VARIABLE} by default\n\n| GB of text | step | rows | copies found | seconds | peak MB | disk, MB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for size in given.gigabytes:
        for name in STEPS:
            with tempfile.TemporaryDirectory(dir=given.folder) as folder:
                print(row(name, size, Path(folder)), flush=True)


def row(name: str, size: float, folder: Path) -> str:
    """Draw rows, flag them in a child, and tell."""
    rows = int(size * 1e9 / TEXT) * (PARAGRAPHS if name == "duplicate_paragraphs" else 1)
    parts, copies = draw_notes(name, rows, folder)
    disk = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    command = [sys.executable, __file__, "--child", name, str(folder), str(parts)]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    found = f"{told['flagged']:,} of {copies:,}"
    return f"| {size} | {name} | {rows:,} | {found} | {told['seconds']:.1f} | {told['peak_mb']:.0f} | {disk:,.0f} |"


def draw_notes(name: str, rows: int, folder: Path) -> tuple[int, int]:
    """Write parts of random rows, one in ten a copy of a row of the same part; count parts and copies."""
    draw, parts, copies = np.random.default_rng(SEED), -(-rows // PER_PART), 0
    store = KeyStore(folder, parts)
    for part in range(parts):
        count = min(PER_PART, rows - part * PER_PART)
        if name == "near_duplicates":
            found = draw.integers(1 << 32, size=(count, 128), dtype=np.uint32)
        else:
            found = draw.integers(1 << 63, size=count, dtype=np.uint64) << np.uint64(1)
        half = count // 2
        places = half + draw.choice(count - half, int(COPIES * count), replace=False)
        found[places] = found[draw.integers(half, size=len(places))]
        if found.ndim == 2:
            found[places, -10:] = draw.integers(1 << 32, size=(len(places), 10), dtype=np.uint32)  # 0.92 alike
        store.write(part, list(found[:, None]))
        copies += len(places)
    return parts, copies


def flag_keys(name: str, folder: str, parts: str) -> None:
    """Be the child: settle, and say what it took."""
    store, begun = KeyStore(Path(folder), int(parts)), time.process_time()
    STEPS[name].step().flag_keys(store)
    told = {
        "seconds": time.process_time() - begun,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "flagged": sum(int(np.load(path).sum()) for path in Path(folder).glob("flags-*.npy")),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
