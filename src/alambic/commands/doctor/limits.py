"""Whether Slurm takes each kind of job as a whole, and for as long as it asks."""

from collections.abc import Iterator

from alambic.commands.doctor.cluster import Cluster, NoAnswer, ask
from alambic.commands.doctor.finding import Finding, not_checked, ok, wrong
from alambic.commands.doctor.job_request import JobRequest, parse_limit
from alambic.commands.doctor.profile import Profile
from alambic.commands.doctor.rights import associations_of


def check_trial_submissions(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Have Slurm judge each kind of job (`sbatch --test-only`); nothing is queued."""
    for request in profile.requests:
        what = f"trial submission ({', '.join(request.rules)})"
        if any("$" in option for option in request.options()):
            yield not_checked(what, "a variable is unset")
            continue
        try:
            answer = ask("sbatch", "--test-only", *request.options(), "--wrap=true")
            yield ok(what, answer.replace("sbatch: ", "").strip().splitlines()[-1])
        except NoAnswer as error:
            yield wrong(what, str(error), f"sbatch {' '.join(request.options())}: change the option that Slurm names")


def check_wall_limits(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Compare each `runtime` with the limits of partition and QoS: many sites let a longer job pend forever."""
    for request in profile.requests:
        what = f"wall limit ({', '.join(request.rules)})"
        if request.minutes is None:
            yield wrong(what, "none is asked: the site's default may be minutes", f"write runtime in {profile.path}")
            continue
        limits = {name: limit for name, limit in _limits(request, cluster).items() if limit is not None}
        short = {name: limit for name, limit in limits.items() if limit < request.minutes}
        shown = (
            ", ".join(f"{name} allows {_hours(limit)}" for name, limit in (short or limits).items())
            or "no limit is known"
        )
        if short:
            remedy = f"write `runtime: {min(short.values()):.0f}` or less in {profile.path}, or take another QoS"
            yield wrong(what, f"{_hours(request.minutes)} asked; {shown}", remedy)
        else:
            yield ok(what, f"{_hours(request.minutes)} asked; {shown}")


def _limits(request: JobRequest, cluster: Cluster) -> dict[str, float | None]:
    partition, qos = request.get("slurm_partition") or "", request.get("qos") or ""
    limits: dict[str, float | None] = {}
    of_qos = cluster.qos.get(qos) if qos and cluster.keeps_accounts else None
    if of_qos:
        limits[f"QoS {qos}"] = parse_limit(of_qos["wall"])
    rights = associations_of(cluster, request.get("slurm_account") or "") if cluster.keeps_accounts else []
    for right in rights:
        limits[f"account {right.account}"] = parse_limit(right.wall)
    # A QoS may lift its partition's limit.
    if partition in cluster.partitions and "PartitionTimeLimit" not in (of_qos or {}).get("flags", ""):
        limits[f"partition {partition}"] = parse_limit(cluster.partitions[partition].get("MaxTime", ""))
    return limits


def _hours(minutes: float) -> str:
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
