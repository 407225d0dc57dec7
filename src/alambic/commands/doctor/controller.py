"""Whether Slurm is here, answers, and treats this machine's commands as the profile assumes."""

import os
import re
import shutil
import socket
from collections.abc import Iterator

from alambic.commands.doctor.cluster import Cluster, NoAnswer, ask
from alambic.commands.doctor.finding import Finding, ok, wrong
from alambic.commands.doctor.profile import Profile

PROGRAMS = ("sbatch", "squeue", "srun", "scontrol", "scancel", "sacctmgr")
# The commands give their own format and order: those of the user do no harm.
MISLEADING = re.compile(r"SBATCH_|SQUEUE_(?!FORMAT$|SORT$)|SLURM_CLUSTERS$")
POLLS = 3  # a finished job must be seen by at least one poll, and the executor's polls become slower


def check_programs(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Find Slurm's commands, and its controller."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        remedy = "run this on a login node of the site, or install Slurm's client (Debian: slurm-client)"
        yield wrong("programs", f"no {', '.join(missing)} on PATH", remedy)
        return
    yield ok("programs", ", ".join(PROGRAMS))
    try:
        name = cluster.config.get("ClusterName", "?")
        version = cluster.config.get("SLURM_VERSION", "?")
        yield ok("controller", f"cluster {name}, Slurm {version}")
    except NoAnswer as error:
        yield wrong(
            "controller", str(error), "nothing can be submitted now: try again later, or ask the site's support"
        )


def check_variables(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Find the variables that the profile names and nobody set."""
    for name in sorted(profile.unset_variables()):
        remedy = 'eval "$(idrenv -d abc)", or export IDRPROJ=abc, with your project' if name == "IDRPROJ" else ""
        yield wrong(f"variable {name}", f"unset, and {profile.path} needs it", remedy or f"export {name}=...")


def check_environment(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Find what in the environment changes the commands of the executor behind its back."""
    misleading = sorted(name for name in os.environ if MISLEADING.match(name))
    if misleading:
        yield wrong(
            "environment",
            f"{', '.join(misleading)} changes what sbatch or squeue does",
            f"unset {' '.join(misleading)}",
        )
    else:
        yield ok("environment", "no variable changes what sbatch and squeue do")
    yield from _configuration()
    if job := os.environ.get("SLURM_JOB_ID"):
        yield ok("inside a job", f"this is job {job}: the executor warns, and drops the SLURM_ variables, as it must")


def _configuration() -> Iterator[Finding]:
    if "SLURM_CONF" not in os.environ:
        return
    without = {name: value for name, value in os.environ.items() if name != "SLURM_CONF"}
    try:
        ask("scontrol", "ping", environment=without)
        yield ok("SLURM_CONF", "set, and not needed by Slurm's commands")
    except NoAnswer as error:
        # The executor's job step removes every SLURM_ variable before it calls srun.
        remedy = "have Slurm's default configuration name this cluster, or put commands on PATH that set it themselves"
        yield wrong("SLURM_CONF", f"jobs lose it, and srun then fails: {error}", remedy)


def check_min_job_age(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that squeue shows a finished job for long enough (MinJobAge)."""
    if profile.settings.get("slurm-status-command") != "squeue":
        remedy = f"write `slurm-status-command: squeue` in {profile.path}"
        yield wrong("status", "the executor's own choice, sacct, never notices a job ended by scancel", remedy)
        return
    interval = profile.number("slurm-init-seconds-before-status-checks", 40)
    age = int(re.sub(r"\D", "", cluster.config.get("MinJobAge", "")) or 0)
    seen = f"{age} s, and the first status check comes after {interval} s"
    if age >= POLLS * interval:
        yield ok("MinJobAge", seen)
    else:
        remedy = f"set `slurm-init-seconds-before-status-checks: {age // POLLS}` or less in {profile.path}"
        yield wrong("MinJobAge", f"{seen}: a finished job may vanish unseen", remedy)


def check_submission(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See whether the partitions take jobs from this node."""
    here = {socket.gethostname(), socket.gethostname().split(".")[0]}
    for name in profile.values("slurm_partition"):
        allowed = cluster.partitions.get(name, {}).get("AllocNodes")
        if allowed is None or allowed == "ALL" or here & _hosts(allowed):
            continue
        remedy = "start the run there, or as a job: scripts/head_job.sh"
        yield wrong("submission", f"partition {name} takes jobs from {allowed} only, and this is {min(here)}", remedy)
        return
    yield ok("submission", f"no partition refuses jobs from {min(here)}")


def _hosts(expression: str) -> set[str]:
    return set(ask("scontrol", "show", "hostnames", expression).split())
