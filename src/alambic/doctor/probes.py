"""What only a job can tell, by jobs of a minute or two that are submitted when asked for, never otherwise."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from alambic.doctor.cluster import Cluster, Silent, ask
from alambic.doctor.finding import Finding, Verdict, not_checked, ok, wrong
from alambic.doctor.profile import Profile
from alambic.doctor.shape import Shape

PATIENCE = 540  # seconds that a probe may wait in the queue and run
SCRIPTS = Path(__file__).parents[3] / "scripts"


def check_jobs(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Ask, from a job of the kind of `fetch`, whether it may submit jobs itself and whether it has a network."""
    shape = profile.shape_of("fetch")
    script = f"{sys.executable} -m alambic.doctor.seen_from_a_job {' '.join(_quoted(shape.options()))}"
    yield from _probe(f"job on {shape.get('slurm_partition')}", ["--time=1"], shape, script)


def check_ranks(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Have the ranks of a `distill` job find each other, on its GPUs: NCCL where there are any, gloo otherwise."""
    shape = profile.shape_of("distill")
    nodes, ranks = shape.number("nodes"), shape.number("tasks_per_node")
    launch = f"{SCRIPTS}/launch.sh --nodes {nodes} --ranks {ranks} --threads {shape.threads}"
    launch += f" --launcher {shape.get('mpi') or 'local'} --"
    script = f"{launch} {sys.executable} -m alambic.doctor.seen_by_ranks {shape.get('gres') is not None:d}"
    yield from _probe(f"ranks, {nodes} x {ranks}", ["--time=3"], shape, script)


def without_jobs(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Say what was left out."""
    where = profile.shape_of("fetch").get("slurm_partition")
    why = f"--probe-jobs asks it, by a job of one minute on {where}"
    yield not_checked("may a job submit jobs, has it a network", why)


def without_ranks(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Say what was left out."""
    why = "--probe-ranks asks it, by a job of 3 minutes at most with the nodes and GPUs of distill, which is billed"
    yield not_checked("GPUs and communication between ranks", why)


def _quoted(options: list[str]) -> list[str]:
    return [subprocess.list2cmdline([option]) for option in options]


def _probe(what: str, time: list[str], shape: Shape, script: str) -> Iterator[Finding]:
    # In the working directory: it is shared with the nodes, which /tmp is not.
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=Path.cwd()) as folder:
        output = Path(folder) / "seen"
        command = ["sbatch", "--wait", "--parsable", "--job-name=alambic-doctor", f"--output={output}"]
        try:
            # The last of two equal options counts.
            ask(*command, *shape.options(), *time, f"--wrap={script}", patience=PATIENCE)
        except Silent as error:
            said = output.read_text(errors="replace").strip()[-500:] if output.exists() else ""
            _cancel()
            remedy = "sbatch " + " ".join(shape.options())
            yield wrong(what, f"{error} {said}".strip(), f"try it by hand: {remedy}")
        yield from _read(what, output)


def _cancel() -> None:
    try:
        ask("scancel", "--me", "--name=alambic-doctor")
    except Silent:
        return


def _read(what: str, output: Path) -> Iterator[Finding]:
    lines = output.read_text(errors="replace").splitlines() if output.exists() else []
    for line in lines:
        fields = line.split("\t")
        if len(fields) == 3 and fields[0] in (Verdict.OK, Verdict.WRONG):
            good = fields[0] == Verdict.OK
            yield ok(f"{what}: {fields[1]}", fields[2]) if good else wrong(f"{what}: {fields[1]}", fields[2], REMEDIES)


REMEDIES = "docs/sites.md tells what to do without"
