"""What a site gives each stage, as its profile says: cores, GPUs, wall time, watts; and where it asks first."""

import argparse
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from alambic.commands.doctor.job_request import parse_count
from alambic.commands.doctor.profile import PROFILES, Profile, read_profile
from alambic.errors import UserError, nearest
from alambic.jobs.power import VARIABLE, Power
from alambic.runtime.processor import cpu_name
from alambic.settings import STAGES

LIMITS = ("gpu_hours", "node_hours", "kwh", "hours")
LIMIT = "ask_above"  # the resource that holds them
LIMIT_VARIABLE = "ALAMBIC_ASK_ABOVE"


@dataclass(frozen=True)
class Share:
    """What one job of a stage has."""

    nodes: int
    cores: int  # over all nodes
    gpus: int
    hours: float | None  # the wall limit
    power: Power


@dataclass(frozen=True)
class RunOptions:
    """What a run gives Snakemake beside the profile, of which it depends how much runs side by side."""

    threads: Mapping[str, int]  # by rule; where there are any, those of the profile do not count
    cores: str = ""
    jobs: str = ""

    @classmethod
    def read(cls, words: Sequence[str]) -> Self:
        """Read them among the words of a command line; others are passed over."""
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--set-threads", nargs="+", action="extend", default=[])
        parser.add_argument("-c", "--cores", nargs="?", default="")
        parser.add_argument("-j", "--jobs", nargs="?", default="")
        given, _ = parser.parse_known_args(list(words))
        threads = dict(each.partition("=")[::2] for each in given.set_threads)
        counts = {rule: parse_count(f"--set-threads {rule}", text) for rule, text in threads.items()}
        return cls(counts, given.cores or "", given.jobs or "")


class Site:
    """A site's profile, asked about the jobs of an experiment."""

    def __init__(self, profile: Profile, name: str, options: RunOptions | None = None) -> None:
        self.profile, self.name = profile, name
        self.options = options or RunOptions({})

    @classmethod
    def read(cls, site: str, options: Sequence[str] = ()) -> Self:
        """Read a name under profiles, or a path; UserError where there is none, or it cannot be read.

        `options` are those that the run gives Snakemake beside the profile.
        """
        return cls(read_profile(site), site_name(site), RunOptions.read(options))

    def share_of(self, stage: str) -> Share:
        """Say what a job of a stage has."""
        request = self.profile.request_of(stage)
        nodes, ranks = request.number("nodes"), request.number("tasks_per_node")
        gpus = request.gres[2] if request.gres and request.gres[0] == "gpu" else 0
        threads = self.options.threads.get(stage, 1) if self.options.threads else request.threads
        cores = request.number("cpus_per_task", ranks * threads)
        minutes = request.minutes
        return Share(
            nodes,
            nodes * (cores if self.profile.slurm else min(cores, self.cores)),
            nodes * gpus,
            None if minutes is None else minutes / 60,
            self._power(request.get("power")),
        )

    def _power(self, of_profile: str | None) -> Power:
        place = str(self.profile.path) if of_profile else VARIABLE
        try:
            return Power.read(of_profile or os.environ.get(VARIABLE, ""))
        except UserError as error:
            raise UserError(f"{place}: {error}") from error

    @cached_property
    def shares(self) -> dict[str, Share]:
        """The same of every stage."""
        return {stage: self.share_of(stage) for stage in STAGES}

    @property
    def cores(self) -> int:
        """Cores of this machine that a run without Slurm may take."""
        given = self.options.cores or self.profile.settings.get("cores", "all")
        here = len(os.sched_getaffinity(0))
        return here if given == "all" else min(parse_count("cores", given), here)

    @property
    def load(self) -> float:
        """How many programs, of anybody's, ran or waited for a core of this machine in the last minute, on average."""
        return os.getloadavg()[0]

    @property
    def jobs(self) -> int:
        """How many jobs go on at once at most, on Slurm."""
        return parse_count("jobs", self.options.jobs) if self.options.jobs else self.profile.number("jobs", 20)

    @cached_property
    def processor(self) -> str:
        """The name of this machine's, which is asked for each earlier artifact."""
        return cpu_name()

    def is_like(self, site: str, device: str) -> bool:
        """Tell whether an earlier artifact was made where this site's would be: at this site, or on this processor."""
        if self.profile.slurm:
            return site_name(site) == self.name
        return device == self.processor and not site_name(site).startswith("slurm/")

    @property
    def limit_place(self) -> str:
        """Where the limits stand above which a run asks: the profile's file, or else a variable of the environment."""
        in_profile = self.profile.section("default-resources").get(LIMIT)
        return f"`{LIMIT}` in {self.profile.path}" if in_profile else LIMIT_VARIABLE

    def limits(self) -> dict[str, float]:
        """Give the limits above which a run asks; UserError where they cannot be read."""
        text = self.profile.section("default-resources").get(LIMIT) or os.environ.get(LIMIT_VARIABLE, "")
        limits: dict[str, float] = {}
        for part in str(text).split():
            name, _, value = part.partition("=")
            if name not in LIMITS:
                raise UserError(
                    f"{self.limit_place}: '{part}': expected NAME=NUMBER, such as gpu_hours=50; {nearest(name, LIMITS)}"
                )
            if re.fullmatch(r"\d+(?:\.\d+)?", value) is None:
                raise UserError(f"{self.limit_place}: '{part}': expected a number, such as {name}=50")
            if name in limits:
                raise UserError(f"{self.limit_place}: '{part}': '{name}' is given twice: leave one of the two out")
            limits[name] = float(value)
        return limits


def site_name(site: str) -> str:
    """Name a site in one way, whether it is given by its name or by its file: profiles/slurm/a.yaml -> slurm/a."""
    path = Path(site).resolve()
    if path.suffix == ".yaml" and path.is_relative_to(PROFILES.resolve()):
        return path.relative_to(PROFILES.resolve()).with_suffix("").as_posix()
    return site


def site_of_run(arguments: Sequence[str]) -> str:
    """Find the profile that Snakemake was started with, by the words of its command; empty where there is none."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--profile", default="")
    return str(parser.parse_known_args(list(arguments))[0].profile or "")


def chained(seconds: float, share: Share) -> int:
    """Tell how many jobs follow each other for so many seconds of work."""
    return 1 if share.hours is None else max(1, math.ceil(seconds / (3600 * share.hours)))
