"""What it costs to know files by their content: the throughput of sha256, and its share of the time of finished jobs.

A job checks its inputs once, every byte, and computes the sha256 of what it made. Bytes and seconds are those of
the manifests under FOLDER; the throughput is measured here, on one core, of a file in the page cache.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from alambic.data.archive_pointer import STAYS
from alambic.data.checksums import checksum
from alambic.data.manifest import Manifest
from alambic.settings import STAGES

SIZE = 512_000_000


def throughput(size: int) -> float:
    """Bytes a second of processor time: the median of five files of `size` bytes in the page cache."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(os.urandom(size))
        seconds = []
        for _ in range(5):
            start = time.process_time()
            checksum(path)
            seconds.append(time.process_time() - start)
    return size / sorted(seconds)[2]


def main() -> None:
    """Print a line per stage, and the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("artifacts"), help="of finished artifacts")
    parser.add_argument("--size", type=int, default=SIZE, help="bytes of the file that is hashed (512 MB)")
    arguments = parser.parse_args()
    speed = throughput(arguments.size)
    sys.stdout.write(f"sha256: {speed / 1e6:,.0f} MB a second of one core\n")
    manifests = [Manifest.read(path) for path in sorted(arguments.folder.rglob("manifest.json"))]
    if not manifests:
        sys.exit(f"{arguments.folder} holds no finished artifact")
    by_fingerprint = {manifest.fingerprint: manifest for manifest in manifests}
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for manifest in by_fingerprint.values():
        upstream = [by_fingerprint.get(name) for names in manifest.inputs.values() for name in names]
        light = STAGES[manifest.stage].light
        read = sum(size for each in upstream if each for name, size in each.files.items() if not light or name in STAYS)
        added = (1.0, float(sum(manifest.files.values())), float(read), float(manifest.run["seconds"]))
        for key in (manifest.stage, "all"):
            totals[key] = [before + more for before, more in zip(totals[key], added, strict=True)]
    sys.stdout.write(f"{'stage':<10} {'jobs':>5} {'written MB':>11} {'read MB':>9} {'seconds':>9} {'share':>8}\n")
    for stage, (count, written, read, seconds) in totals.items():
        share = (written + read) / speed / seconds
        sys.stdout.write(
            f"{stage:<10} {count:>5.0f} {written / 1e6:>11.1f} {read / 1e6:>9.1f} {seconds:>9.1f} {share:>8.3%}\n"
        )


if __name__ == "__main__":
    main()
