"""What planning costs: `alambic plan` and `snakemake -n` on a campaign, against bare Snakemake on as many jobs.

python benchmarks/planning/planning.py [runs]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
BARE = """
rule all:
    input: [f"{{n}}.txt" for n in range({jobs})]
rule one:
    output: "{{n}}.txt"
    shell: "touch {{output}}"
"""


def campaign() -> dict:
    """Make the demo five students and four tasks wide, with three seeds."""
    experiment = yaml.safe_load((ROOT / "config" / "experiments" / "demo.yaml").read_text())
    student = experiment["distill"]["student"]
    for depth in (1, 2, 3, 6, 8):
        experiment["distill"][f"student{depth}"] = {**student, "layers": list(range(depth))}
    experiment["finetune"]["models"] = [f"student{depth}" for depth in (1, 2, 3, 6, 8)]
    experiment["report"]["compare"] = []
    tasks = experiment["tasks"]
    for name in list(tasks):
        tasks[f"{name}_again"] = {**tasks[name], "seed": 1}
    experiment["name"] = "campaign"
    return experiment


def seconds(command: list[str | Path], folder: str) -> float:
    """Time one whole process."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Time each command in turn and print a row per command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "campaign.yaml")
        config.write_text(yaml.safe_dump(campaign()))
        python = sys.executable
        planned = subprocess.run(
            [python, "-m", "alambic", "plan", config], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.splitlines()[-1]
        jobs = int(planned.split()[0])
        bare = Path(folder, "Bare")
        bare.write_text(BARE.format(jobs=jobs))
        commands = {
            f"python -m alambic plan ({planned})": [python, "-m", "alambic", "plan", config],
            f"snakemake -n, Alambic ({jobs} artifacts)": [
                *(python, "-m", "snakemake", "-n", "-q", "--cores", "1"),
                *("-s", ROOT / "Snakefile", "--configfile", config),
            ],
            f"snakemake -n, bare ({jobs} jobs)": [python, "-m", "snakemake", "-n", "-q", "--cores", "1", "-s", bare],
        }
        times = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                times[name].append(seconds(command, folder))
        print(f"| command | median of {runs}, s | min | max |\n|---|---|---|---|")
        for name, measured in times.items():
            print(f"| {name} | {statistics.median(measured):.2f} | {min(measured):.2f} | {max(measured):.2f} |")


if __name__ == "__main__":
    main()
