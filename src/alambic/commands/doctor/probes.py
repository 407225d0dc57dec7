"""What only a job can tell, by jobs of a minute or two that are submitted when asked for, never otherwise."""

import contextlib
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from alambic.commands.doctor.cluster import AnswerTimeout, Cluster, NoAnswer, ask
from alambic.commands.doctor.finding import Finding, Verdict, not_checked, ok, wrong
from alambic.commands.doctor.job_request import JobRequest
from alambic.commands.doctor.profile import Profile

TIMEOUT = 540  # seconds that a probe may wait in the queue and run
REMEDY = "docs/how-to/jean-zay.md tells what to do without"
SCRIPTS = Path(__file__).parents[4] / "scripts"


def check_jobs(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Ask, from a job of the kind of `fetch`, whether it may submit jobs itself and whether it has a network."""
    request = profile.request_of("fetch")
    script = shlex.join([sys.executable, "-m", "alambic.commands.doctor.job_probe", *request.options()])
    yield from _probe(f"job on {request.get('slurm_partition')}", request, minutes=1, script=script)


def check_ranks(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Have the ranks of a `distill` job find each other, on its GPUs: NCCL where there are any, gloo otherwise."""
    request = profile.request_of("distill")
    nodes, ranks = request.number("nodes"), request.number("tasks_per_node")
    launch = [SCRIPTS / "launch.sh", "--nodes", nodes, "--ranks", ranks, "--threads", request.threads]
    launch += ["--launcher", request.get("mpi") or "local", "--"]
    probe = [sys.executable, "-m", "alambic.commands.doctor.rank_probe", int(request.get("gres") is not None)]
    script = shlex.join(map(str, [*launch, *probe]))
    yield from _probe(f"ranks, {nodes} x {ranks}", request, minutes=5, script=script)


def skip_jobs(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Say what was left out."""
    where = profile.request_of("fetch").get("slurm_partition")
    why = f"--probe-jobs asks it, by a job of one minute on {where}"
    yield not_checked("may a job submit jobs, has it a network", why)


def skip_ranks(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Say what was left out."""
    why = "--probe-ranks asks it, by a job of 5 minutes at most with the nodes and GPUs of distill, which is billed"
    yield not_checked("GPUs and communication between ranks", why)


def _probe(what: str, request: JobRequest, *, minutes: int, script: str) -> Iterator[Finding]:
    # A signal that comes two minutes before the end would end so short a job at its start.
    options = [option for option in request.options() if not option.startswith(("--time", "--signal"))]
    # In the working directory: it is shared with the nodes, which /tmp is not.
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=Path.cwd()) as folder:
        output = Path(folder) / "seen"
        named = [f"--job-name={Path(folder).name}", f"--output={output}", f"--time={minutes}"]
        try:
            ask("sbatch", "--wait", *named, *options, f"--wrap={script}", timeout=TIMEOUT)
        except AnswerTimeout:
            _cancel(Path(folder).name)
            yield not_checked(what, f"the job did not start and end within {TIMEOUT} s, and was cancelled")
            return
        except NoAnswer as error:
            log_end = output.read_text(errors="replace").strip()[-500:] if output.exists() else ""
            yield wrong(what, f"{error} {log_end}".strip(), f"try it by hand: sbatch {shlex.join(options)}")
        yield from _read(what, output)


def _cancel(name: str) -> None:
    with contextlib.suppress(NoAnswer):
        ask("scancel", "--me", f"--name={name}")


def _read(what: str, output: Path) -> Iterator[Finding]:
    lines = output.read_text(errors="replace").splitlines() if output.exists() else []
    for line in lines:
        fields = line.split("\t")
        if len(fields) == 3 and fields[0] in (Verdict.OK, Verdict.WRONG):
            good = fields[0] == Verdict.OK
            yield ok(f"{what}: {fields[1]}", fields[2]) if good else wrong(f"{what}: {fields[1]}", fields[2], REMEDY)
