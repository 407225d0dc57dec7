"""What a whole run will take: the sum of its jobs, and how long they take side by side."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from alambic.commands.console.running_job import clock
from alambic.commands.forecast.estimate import Estimate, estimates
from alambic.commands.forecast.history import History
from alambic.commands.forecast.site import Site, chained
from alambic.planning.artifact import ARTIFACTS, Artifact
from alambic.planning.plan import Plan

# Seconds of the demo on two cores on which nothing else ran: around a job's own, from the start to the first job, and
# from the last one to the end, while the report is published and all is tracked.
OVERHEAD, BEGIN, END = 1.1, 2.0, 13.0
BUSY = 1.25  # from how much slower on it is told that others use the machine


class Range(NamedTuple):
    """What is expected, and between what."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """What all that is to run will take."""

    site: str
    estimates: Mapping[str, Estimate]
    wall: Range  # seconds, without waiting in a queue
    chain: int  # jobs that follow each other on the longest way
    queues: bool  # they wait for Slurm
    gpu_hours: Range
    node_hours: Range
    kwh: Range
    co2e_g: Range
    bytes: Range
    inodes: Range
    slower: float = 1.0  # by how much neighbours slow the run, if they go on as now; in the upper bound of its time

    def exceeded(self, limits: Mapping[str, float]) -> list[str]:
        """Say which limits of the site's profile the expected values exceed."""
        values = {
            "gpu_hours": self.gpu_hours.expected,
            "node_hours": self.node_hours.expected,
            "kwh": self.kwh.expected,
            "hours": self.wall.expected / 3600,
        }
        return [f"{name} {values[name]:.3g}, above {limit:g}" for name, limit in limits.items() if values[name] > limit]


def forecast(plan: Plan, site: Site, jobs: list[Artifact], artifacts: Path = ARTIFACTS) -> Forecast:
    """Estimate all the artifacts of a plan that are to run."""
    by_name = estimates(plan, History(artifacts), site, jobs)

    def total(of: Mapping[str, float]) -> Range:
        factors = {name: estimate.factor for name, estimate in by_name.items()}
        return Range(
            sum(of.values()),
            sum(value / factors[name] for name, value in of.items()),
            sum(value * factors[name] for name, value in of.items()),
        )

    hours = {job.name: by_name[job.name].seconds / 3600 for job in jobs}
    shares = {job.name: site.shares[job.stage] for job in jobs}
    kwh = {name: estimate.kwh for name, estimate in by_name.items()}
    walls = [
        wall_seconds(jobs, {name: _scaled(estimate, power) for name, estimate in by_name.items()}, site)
        for power in (0, -1, 1)
    ]
    slower = 1.0 if site.profile.slurm else 1 + site.load / site.cores
    return Forecast(
        site.name,
        by_name,
        Range(walls[0], walls[1], walls[2] * slower),
        _chain(jobs, by_name, site),
        site.profile.slurm,
        total({name: hours[name] * shares[name].gpus for name in hours}),
        total({name: hours[name] * shares[name].nodes for name in hours}),
        total(kwh),
        total({name: kwh[name] * shares[name].power.grams_per_kwh for name in kwh}),
        total({name: estimate.bytes for name, estimate in by_name.items()}),
        total({name: estimate.inodes for name, estimate in by_name.items()}),
        slower,
    )


def _scaled(estimate: Estimate, power: int) -> float:
    return float(estimate.seconds * estimate.factor**power)


def wall_seconds(jobs: Sequence[Artifact], seconds: Mapping[str, float], site: Site) -> float:
    """Give the seconds from the first job to the last, each begun when what it needs is there and there is room."""
    capacity = site.jobs if site.profile.slurm else site.cores
    missing = {job.name: {each.name for each in job.upstream if each.name in seconds} for job in jobs}
    needs = {job.name: 1 if site.profile.slurm else max(1, min(site.shares[job.stage].cores, capacity)) for job in jobs}
    next_of: dict[str, list[str]] = defaultdict(list)
    for name, upstream in missing.items():
        for each in upstream:
            next_of[each].append(name)
    ready = [name for name, upstream in missing.items() if not upstream]
    running: list[tuple[float, str]] = []
    now, free = BEGIN, capacity
    while ready or running:
        waiting = []
        for name in ready:
            if needs[name] <= free:
                free -= needs[name]
                heapq.heappush(running, (now + OVERHEAD + seconds[name], name))
            else:
                waiting.append(name)
        now, done = heapq.heappop(running)
        free += needs[done]
        for name in next_of[done]:
            missing[name].discard(done)
        ready = waiting + [name for name in next_of[done] if not missing[name]]
    return now + END if jobs else 0.0


def _chain(jobs: Sequence[Artifact], by_name: Mapping[str, Estimate], site: Site) -> int:
    """Count the jobs of the longest way through the graph, those that go back into the queue as often as they do."""
    longest: dict[str, int] = {}
    for job in jobs:  # in the order in which data flows
        own = chained(by_name[job.name].seconds, site.shares[job.stage])
        longest[job.name] = own + max((longest.get(each.name, 0) for each in job.upstream), default=0)
    return max(longest.values(), default=0)


def shown(whole: Forecast) -> Iterator[str]:
    """Say it in lines, each with its bounds."""
    if not whole.estimates:
        return
    lines = [
        ("GPU-hours", whole.gpu_hours, "{:.3g}"),
        ("node-hours", whole.node_hours, "{:.3g}"),
        ("kWh", whole.kwh, "{:.3g}"),
        ("g CO2e", whole.co2e_g, "{:.3g}"),
        ("GB", Range(*(value / 1e9 for value in whole.bytes)), "{:.3g}"),
        ("files", whole.inodes, "{:.0f}"),
    ]
    yield f"expected at site {whole.site}, and between what:"
    wall, low, high = map(clock, whole.wall)
    queue = f"; the longest chain is of {whole.chain} jobs" + ", each of which waits in the queue too" * whole.queues
    yield f"  {'wall time':<11}{wall} ({low} to {high}){queue}"
    if whole.slower >= BUSY:
        longer = f"if they go on, it takes {whole.slower:.1f} times as long"
        yield f"  {'neighbours':<11}other programs run here now: {longer}"
    for name, value, form in lines:
        yield f"  {name:<11}" + f"{form} ({form} to {form})".format(*value)
    sources = Counter(estimate.source for estimate in whole.estimates.values())
    yield "  known by   " + ", ".join(f"{source}: {count}" for source, count in sources.most_common())
