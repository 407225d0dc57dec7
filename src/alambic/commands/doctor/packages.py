"""Whether this Python has what the jobs import, at the versions that were resolved together."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from alambic.commands.doctor.cluster import Cluster, NoAnswer
from alambic.commands.doctor.finding import Finding, not_checked, ok, wrong
from alambic.commands.doctor.profile import Profile

LOCK = Path(__file__).parents[4] / "requirements.lock"
# Only the packages that decide how jobs run and what they compute; a site may have others otherwise.
DECISIVE = ("snakemake", "snakemake-executor-plugin-slurm", "snakemake-executor-plugin-slurm-jobstep", "torch")
TIMEOUT = 120  # seconds; the first import of torch from a busy parallel file system takes long
VIRTUAL = "alambic"  # the ClusterName of scripts/test_cluster.sh, whose GPUs are pretended
TORCH = "import json, torch; print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.device_count()]))"


def check_versions(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Compare the decisive packages with requirements.lock."""
    if not LOCK.is_file():
        yield not_checked("packages", f"no {LOCK.name} next to the code")
        return
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    installed = {name: _version(name) for name in DECISIVE}
    # torch 2.13.0+cpu is 2.13.0, built for other hardware.
    others = [name for name in DECISIVE if installed[name].partition("+")[0] != locked[name]]
    seen = ", ".join(f"{name} {installed[name]}" for name in others or DECISIVE)
    if others:
        yield wrong("packages", f"{seen}; {LOCK.name} has others", f"{sys.executable} -m pip install -r {LOCK}")
    else:
        yield ok("packages", f"{seen}, as in {LOCK.name}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "is missing"


def check_torch(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Import torch in a process of its own, and see whether it was built for GPUs where jobs ask for some."""
    try:
        done = subprocess.run([sys.executable, "-c", TORCH], capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        yield not_checked("torch", f"not imported within {TIMEOUT} s: the file system is slow")
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        yield wrong("torch", f"{sys.executable} cannot import it: {last}", f"pip install -r {LOCK.name} in its .venv")
        return
    version, cuda, devices = json.loads(done.stdout.splitlines()[-1])
    seen = f"{version}, {f'for CUDA {cuda}' if cuda else 'for CPU only'}, {devices} GPU here"
    if cuda is None and profile.values("gres") and not _virtual(cluster):
        remedy = f"python -m pip install -r {LOCK.name}, which brings CUDA; on AMD, the ROCm build"
        yield wrong("torch", f"{seen}: jobs would hold GPUs and compute without them", remedy)
    else:
        yield ok("torch", seen)


def _virtual(cluster: Cluster) -> bool:
    try:
        return cluster.config.get("ClusterName") == VIRTUAL
    except NoAnswer:
        return False
