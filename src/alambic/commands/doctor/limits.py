"""Whether Slurm takes each kind of job as a whole, and for as long as it asks."""

import shlex
from collections.abc import Iterator

from alambic.commands.doctor.cluster import Cluster, NoAnswer, ask
from alambic.commands.doctor.finding import Finding, not_checked, ok, wrong
from alambic.commands.doctor.job_request import JobRequest, parse_limit
from alambic.commands.doctor.profile import Profile
from alambic.commands.doctor.rights import account_of, associations_of, qos_of


def check_trial_submissions(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Have Slurm judge each kind of job (`sbatch --test-only`); nothing is queued."""
    for request in profile.requests:
        what = f"trial submission ({', '.join(request.rules)})"
        if request.unreadable():
            yield not_checked(what, "the profile must be mended first")
            continue
        if any("$" in option for option in request.options()):
            yield not_checked(what, "a variable is unset")
            continue
        try:
            answer = ask("sbatch", "--test-only", *request.options(), "--wrap=true")
            yield ok(what, answer.replace("sbatch: ", "").strip().splitlines()[-1])
        except NoAnswer as error:
            yield wrong(what, str(error), f"sbatch {shlex.join(request.options())}: change the option that Slurm names")


def check_wall_limits(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """Compare each `runtime` with the limits of partition and QoS: many sites let a longer job pend forever."""
    for request in profile.requests:
        what = f"wall limit ({', '.join(request.rules)})"
        if request.unreadable():  # said by the check of the resources
            yield not_checked(what, "the profile must be mended first")
            continue
        if request.minutes is None:
            yield wrong(what, "none is asked: the site's default may be minutes", f"write runtime in {profile.path}")
            continue
        found, unknown = _limits(request, cluster)
        limits = {name: limit for name, limit in found.items() if limit is not None}
        short = {name: limit for name, limit in limits.items() if limit < request.minutes}
        shown = (
            ", ".join(f"{name} allows {_hours(limit)}" for name, limit in (short or limits).items())
            or "no limit is known"
        ) + unknown
        if short:
            remedy = f"write `runtime: {min(short.values()):.0f}` or less in {profile.path}, or take another QoS"
            yield wrong(what, f"{_hours(request.minutes)} asked; {shown}", remedy)
        else:
            yield ok(what, f"{_hours(request.minutes)} asked; {shown}")


def _limits(request: JobRequest, cluster: Cluster) -> tuple[dict[str, float | None], str]:
    """Give the limits of a job, and why some are not known."""
    partition = request.get("slurm_partition") or ""
    limits: dict[str, float | None] = {}
    flags, unknown = "", ""
    try:
        if cluster.keeps_accounts:
            name = qos_of(request, cluster)
            of_qos = cluster.qos.get(name, {})
            flags = of_qos.get("flags", "")
            limits[f"QoS {name}" + ("" if request.get("qos") else ", the default,")] = parse_limit(
                of_qos.get("wall", "")
            )
            limits |= _of_partition_qos(partition, cluster)
            # What a QoS says goes before what an account says.
            if not any(limit is not None for limit in limits.values()):
                for right in associations_of(cluster, account_of(request, cluster)):
                    limits[f"account {right.account}"] = parse_limit(right.wall)
    except NoAnswer as error:
        unknown = f"; those of accounts and QoS are not known ({str(error).splitlines()[0]})"
    # A QoS may lift its partition's limit.
    if partition in cluster.partitions and "PartitionTimeLimit" not in flags:
        limits[f"partition {partition}"] = parse_limit(cluster.partitions[partition].get("MaxTime", ""))
    return limits, unknown


def _of_partition_qos(partition: str, cluster: Cluster) -> dict[str, float | None]:
    name = cluster.partitions.get(partition, {}).get("QoS", "")
    wall = cluster.qos[name]["wall"] if name in cluster.qos else ""
    return {f"QoS {name} of partition {partition}": parse_limit(wall)} if wall else {}


def _hours(minutes: float) -> str:
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
