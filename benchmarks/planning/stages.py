"""Wall time and peak memory of each stage of a finished experiment, from its manifests.

python benchmarks/planning/stages.py demo
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path


def main() -> None:
    """Print a row per stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", default="demo")
    folders = json.loads(Path("results", parser.parse_args().experiment, "artifacts.json").read_text())
    runs_of_stage = defaultdict(list)
    for item, folder in folders.items():
        runs_of_stage[item.split("/")[0]].append(json.loads(Path(folder, "manifest.json").read_text())["run"])
    print("| stage | jobs | seconds, all jobs | longest | peak memory, MB |\n|---|---|---|---|---|")
    for stage, runs in runs_of_stage.items():
        seconds = [run["seconds"] for run in runs]
        memory = max(run["peak_memory_mb"] for run in runs)
        print(f"| {stage} | {len(runs)} | {sum(seconds):.0f} | {max(seconds):.0f} | {memory:,} |")


if __name__ == "__main__":
    main()
