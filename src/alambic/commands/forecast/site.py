"""What a site gives each stage, as its profile says: cores, GPUs, wall time, watts; and where it asks first."""

import math
import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from alambic.commands.doctor.profile import Profile, read_profile
from alambic.errors import UserError
from alambic.jobs.power import VARIABLE, Power
from alambic.runtime.processor import cpu_name
from alambic.settings import STAGES

LIMITS = ("gpu_hours", "node_hours", "kwh", "hours")
LIMIT = "ask_above"  # the resource that holds them


@dataclass(frozen=True)
class Share:
    """What one job of a stage has."""

    nodes: int
    cores: int  # over all nodes
    gpus: int
    hours: float | None  # the wall limit
    power: Power


class Site:
    """A site's profile, asked about the jobs of an experiment."""

    def __init__(self, profile: Profile, name: str) -> None:
        self.profile, self.name = profile, name

    @classmethod
    def read(cls, site: str) -> Self:
        """Read a name under profiles, or a path; UserError where there is none, or it cannot be read."""
        return cls(read_profile(site), site)

    def share_of(self, stage: str) -> Share:
        """Say what a job of a stage has."""
        request = self.profile.request_of(stage)
        nodes, ranks = request.number("nodes"), request.number("tasks_per_node")
        gpus = request.gres[2] if request.gres and request.gres[0] == "gpu" else 0
        cores = request.number("cpus_per_task", ranks * request.threads)
        minutes = request.minutes
        text = request.get("power") or os.environ.get(VARIABLE, "")
        return Share(
            nodes,
            nodes * (cores if self.profile.slurm else min(cores, self.cores)),
            nodes * gpus,
            None if minutes is None else minutes / 60,
            Power.read(text),
        )

    @cached_property
    def shares(self) -> dict[str, Share]:
        """The same of every stage."""
        return {stage: self.share_of(stage) for stage in STAGES}

    @property
    def cores(self) -> int:
        """Cores of this machine that a run without Slurm may take."""
        given = self.profile.settings.get("cores", "all")
        here = len(os.sched_getaffinity(0))
        return here if given == "all" else min(self.profile.number("cores", here), here)

    @property
    def jobs(self) -> int:
        """How many jobs go on at once at most, on Slurm."""
        return self.profile.number("jobs", 20)

    @cached_property
    def processor(self) -> str:
        """The name of this machine's, which is asked for each earlier artifact."""
        return cpu_name()

    def is_like(self, site: str, device: str) -> bool:
        """Tell whether an earlier artifact was made where this site's would be: at this site, or on this processor."""
        if self.profile.slurm:
            return site == self.name
        return device == self.processor and not site.startswith("slurm/")

    def limits(self) -> dict[str, float]:
        """Give the limits above which a run asks; UserError where they cannot be read."""
        text = self.profile.section("default-resources").get(LIMIT) or os.environ.get("ALAMBIC_ASK_ABOVE", "")
        limits = {}
        for part in str(text).split():
            match = re.fullmatch(rf"({'|'.join(LIMITS)})=(\d+(?:\.\d+)?)", part)
            if match is None:
                raise UserError(
                    f"{self.profile.path}: {LIMIT} '{part}': expected some of {', '.join(LIMITS)} with a number, such "
                    "as `ask_above: gpu_hours=50 kwh=50`"
                )
            limits[match[1]] = float(match[2])
        return limits


def chained(seconds: float, share: Share) -> int:
    """Tell how many jobs follow each other for so many seconds of work."""
    return 1 if share.hours is None else max(1, math.ceil(seconds / (3600 * share.hours)))
