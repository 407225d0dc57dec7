"""What this machine gives, with or without Slurm: network, room, Python, modules."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from alambic.commands.doctor.cluster import Cluster, NoAnswer, ask
from alambic.commands.doctor.finding import Finding, not_checked, ok, wrong
from alambic.commands.doctor.profile import Profile

HOSTS = ("pypi.org", "huggingface.co")
TIMEOUT = 3.0  # seconds
# A campaign of 20 students, 8 tasks and 5 seeds stays under this many files.
FILES = 20_000
# A mid-sized teacher's weights, two checkpoints of a student, and a corpus; a campaign needs much more.
GIGABYTES = 20
QUOTAS = ("idr_quota_project", "idr_quota_user", "quota")
# What docs/how-to/jean-zay.md has the user load.
MODULES = {"jean-zay": "miniforge/24.9.0"}


def check_network(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Try to reach what downloads come from."""
    reached = {host: reaches(host) for host in HOSTS}
    seen = ", ".join(f"{host} {'reached' if there else 'not reached'}" for host, there in reached.items())
    if all(reached.values()):
        yield ok("network here", seen)
    elif profile.slurm:
        where = profile.request_of("fetch").get("slurm_partition") or "the default partition"
        yield ok("network here", f"{seen}; only collect and fetch need one, and they run on {where}")
    else:
        # No fault of a machine: a hospital's has none by design, and own texts and models need none.
        how = "what an experiment takes from there: make fetch EXPERIMENT=... elsewhere, then copy downloads/ here"
        yield ok("network here", f"{seen}; {how}")


def reaches(host: str, *, port: int = 443, timeout: float = TIMEOUT) -> bool:
    """Tell whether a TCP connection opens."""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False


def check_room(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See how many bytes and files this folder's file system still takes, and what the quota commands say."""
    here = Path.cwd()
    free = os.statvfs(here)
    gigabytes = free.f_bavail * free.f_frsize / 1e9
    remedy = f"run in a larger file system, or free some of this one: {here}"
    enough = ok if gigabytes >= GIGABYTES else None
    seen = f"{gigabytes:.0f} GB free; a small campaign wants {GIGABYTES}"
    yield enough("bytes", seen) if enough else wrong("bytes", seen, remedy)
    if free.f_files == 0:
        yield not_checked("files", "this file system does not count them")
    elif free.f_favail >= FILES:
        yield ok("files", f"{free.f_favail:,} more; a campaign stays under {FILES:,}")
    else:
        yield wrong("files", f"{free.f_favail:,} more; a campaign takes up to {FILES:,}", remedy)
    yield from _quotas(here)


def _quotas(here: Path) -> Iterator[Finding]:
    commands = [[name] for name in QUOTAS if shutil.which(name)]
    if shutil.which("lfs"):
        commands.insert(0, ["lfs", "quota", "-h", str(here)])
    if not commands:
        yield not_checked("quota", "no quota command here: only what is free on the file system is known")
    for command in commands:
        try:
            # Judging it would need each site's format: the reader compares.
            yield ok(f"quota, for you to read ({command[0]})", ask(*command) or "no quota")
        except NoAnswer as error:
            yield not_checked(f"quota ({command[0]})", str(error))


def check_modules(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that the module which the documentation names is there, on the sites that have one."""
    module = next((name for site, name in MODULES.items() if profile.path.stem.startswith(site)), None)
    if module is None:
        return
    # A login shell: `module` is a function that the site's start-up files define.
    command = ["bash", "-lc", f"module -t avail {module} 2>&1"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout.strip()
    if module in shown.split():
        yield ok(f"module {module}", "there")
    else:
        remedy = "module avail python miniforge, and load any Python 3.11 or newer"
        yield wrong(f"module {module}", shown.splitlines()[-1] if shown else "not there", remedy)
