"""What a 30-day campaign on 32 nodes loses to failures and wall limits, by how its trainings save their state.

python benchmarks/training/campaign.py [--nodes 32 --gpus 4 --days 30 --stall 1 --start 120 --epoch 6
    --replications 200]

Nodes fail as a Poisson process. Rates that public logs report, in days between failures of one node:
  71   OPT-175B: at least 105 restarts in two months on 124 nodes (Zhang et al. 2022, arXiv:2205.01068, section 2.5)
  264  Llama 3: 419 unexpected interruptions in 54 days on 16,384 GPUs, 8 a node (Dubey et al. 2024, arXiv:2407.21783)
  336  BLOOM on Jean Zay: "every week or so" a GPU dies, 48 nodes (bigscience, train/tr11-176B-ml/chronicles.md)
Time in the queue is not billed and not counted; starting up is.
"""

import argparse
import math
from dataclasses import dataclass

import numpy as np

HOUR, DAY = 3600.0, 86400.0
INTERVALS = (60, 300, 600, 1200, 3600)
RATES = {"OPT-175B": 71, "Llama 3": 264, "BLOOM": 336}


@dataclass(frozen=True)
class Policy:
    """How a training saves its state."""

    interval: float  # seconds of work between two saves
    stall: float  # seconds for which a save stops the work
    lag: float  # seconds after which the save is whole: a failure before that falls back on the one before
    before_the_wall: bool  # whether it saves before the job's wall limit


def lost(
    policy: Policy, *, failures: float, start: float, wall: float, days: float, chance: np.random.Generator
) -> float:
    """Share of one job's billed time that brings the training nowhere; `failures` per second of the whole job."""
    billed = useful = 0.0
    while billed < days * DAY:
        allocation = min(wall, days * DAY - billed)
        death = chance.exponential(1 / failures) if failures else math.inf
        seconds = min(allocation, death)
        worked = max(0.0, seconds - start)
        cycle = policy.interval + policy.stall
        if seconds == allocation and policy.before_the_wall:
            saves = math.floor(worked / cycle)
            useful += max(0.0, worked - (saves + 1) * policy.stall)  # the last save comes before the end
        else:
            saves = math.floor(max(0.0, worked - policy.lag) / cycle)
            useful += saves * policy.interval
        billed += seconds
    return 1 - useful / billed


def shares(policy: Policy, options: argparse.Namespace, *, rate: float, nodes: int) -> tuple[float, float, float]:
    """Mean share lost over the jobs of a campaign, with the 95 % interval of that mean's distribution."""
    chance = np.random.default_rng(options.seed)
    jobs = options.nodes // nodes
    common = {"failures": nodes / (rate * DAY), "start": options.start, "wall": 20 * HOUR, "days": options.days}
    means = [
        float(np.mean([lost(policy, **common, chance=chance) for _ in range(jobs)]))
        for _ in range(options.replications)
    ]
    return float(np.mean(means)), *np.quantile(means, [0.025, 0.975])


def policies(options: argparse.Namespace) -> dict[str, Policy]:
    """Ours at several intervals, and the one of a training that saves at the end of each epoch."""
    found = {f"every {seconds} s": Policy(seconds, options.stall, options.lag, True) for seconds in INTERVALS}
    found[f"each epoch of {options.epoch:g} h"] = Policy(options.epoch * HOUR, options.stall, 0.0, False)
    return found


def young(options: argparse.Namespace, *, rate: float, nodes: int) -> float:
    """The best interval in seconds to first order: sqrt(2 x stall x time between failures) (Young 1974)."""
    return math.sqrt(2 * options.stall * rate * DAY / nodes)


def main() -> None:
    """Print a table for each shape of campaign."""
    options = read_options()
    whole = options.nodes * options.gpus * options.days * 24
    print(f"{options.nodes} nodes x {options.gpus} GPUs x {options.days:g} days = {whole:,.0f} GPU-hours; ", end="")
    print(f"stall {options.stall:g} s, whole after {options.lag:g} s, start-up {options.start:g} s, wall limit 20 h")
    for nodes in (2, options.nodes):
        print(f"\n### {options.nodes // nodes} jobs of {nodes} nodes: GPU-hours lost\n")
        print(f"| saves | {' | '.join(f'{name}, {rate} days' for name, rate in RATES.items())} |")
        print(f"|---{'|---' * len(RATES)}|")
        for name, policy in policies(options).items():
            cells = [shares(policy, options, rate=rate, nodes=nodes) for rate in RATES.values()]
            print(f"| {name} | {' | '.join(show(*cell, whole) for cell in cells)} |")
        best = [f"{young(options, rate=rate, nodes=nodes):,.0f} s" for rate in RATES.values()]
        print(f"| Young's best interval | {' | '.join(best)} |")


def show(mean: float, low: float, high: float, whole: float) -> str:
    """GPU-hours with their interval over replications, and their share."""
    return f"{mean * whole:,.0f} [{low * whole:,.0f}, {high * whole:,.0f}] ({mean:.1%})"


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=32)
    parser.add_argument("--gpus", type=int, default=4, help="per node")
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--stall", type=float, default=1.0, help="seconds for which a checkpoint stops the training")
    parser.add_argument("--lag", type=float, default=30.0, help="seconds after which it is whole on disk")
    parser.add_argument("--start", type=float, default=120.0, help="seconds from a job's start to its first step")
    parser.add_argument("--epoch", type=float, default=6.0, help="hours of an epoch, for the training that saves there")
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
