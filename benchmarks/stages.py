"""Wall time and peak memory of each stage of a finished experiment, from its manifests.

python benchmarks/stages.py demo
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

name = sys.argv[1] if len(sys.argv) > 1 else "demo"
folders = json.loads(Path("results", name, "artifacts.json").read_text())
runs = defaultdict(list)
for item, folder in folders.items():
    runs[item.split("/")[0]].append(json.loads(Path(folder, "manifest.json").read_text())["run"])
print("| stage | jobs | seconds, all jobs | longest | peak memory, MB |\n|---|---|---|---|---|")
for stage, found in runs.items():
    seconds = [run["seconds"] for run in found]
    memory = max(run["peak_memory_mb"] for run in found)
    print(f"| {stage} | {len(found)} | {sum(seconds):.0f} | {max(seconds):.0f} | {memory:,} |")
