"""Whether the profile's resources are known, and can be read."""

from collections.abc import Iterator

from alambic.commands.doctor.cluster import Cluster
from alambic.commands.doctor.finding import Finding, ok, wrong
from alambic.commands.doctor.profile import Profile
from alambic.errors import UserError, nearest
from alambic.jobs.submission import PATIENCE
from alambic.settings import STAGES

# What the executor makes options of sbatch of.
OF_SLURM = (
    *("slurm_account", "slurm_partition", "slurm_extra", "slurm_cluster", "cluster", "clusters", "constraint", "qos"),
    *("runtime", "nodes", "tasks", "tasks_per_node", "tasks_per_gpu", "cpus_per_task", "cpus_per_gpu", "mpi"),
    *("gres", "gpu", "gpu_model", "mem", "mem_mb", "mem_mib", "mem_mb_per_cpu"),
)
OF_SNAKEMAKE = ("disk", "disk_mb", "disk_mib", "tmpdir")
# What the rules give their jobs (SPEED in workflow/rules/common.smk), and what the head reads.
OF_ALAMBIC = (
    *("micro_batch", "zero_stage", "offload", "recompute", "kernels", "data_workers", "checkpoint_seconds"),
    *("sorting_mb", "generator", "verify", "power", "ask_above", PATIENCE),
)
KNOWN = (*OF_SLURM, *OF_SNAKEMAKE, *OF_ALAMBIC)


def check_resources(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that every rule and resource bears a name that something reads: others change nothing, without a word."""
    found = [*_unknown_names(profile), *_unreadable(profile)]
    yield from found
    if not found:
        yield ok("resources", "each is known, and can be read")


def _unknown_names(profile: Profile) -> Iterator[Finding]:
    own = profile.section("resources")  # limits of its own that a site may give the scheduler
    places = {"default-resources": profile.section("default-resources")}
    for rule in profile.section("set-resources"):
        places[f"set-resources: {rule}"] = profile.resources_of(rule)
    for place, resources in places.items():
        for name in resources:
            if name not in KNOWN and name not in own:
                seen = f"nothing reads it; {nearest(name, KNOWN)}"
                yield wrong(f"resource {name} ({place})", seen, f"change it in {profile.path}")
    for section in ("set-resources", "set-threads"):
        for rule in profile.section(section):
            if rule not in STAGES:
                seen = f"there is no such rule; {nearest(rule, STAGES)}"
                yield wrong(f"rule {rule} ({section})", seen, f"change it in {profile.path}")


def _unreadable(profile: Profile) -> Iterator[Finding]:
    try:
        requests = profile.requests
    except UserError as error:
        yield wrong("resources", str(error), f"change it in {profile.path}")
        return
    for request in requests:
        for seen in request.unreadable():
            yield wrong(f"resources ({', '.join(request.rules)})", seen, f"change it in {profile.path}")
    for key in ("jobs", "slurm-init-seconds-before-status-checks"):
        try:
            profile.number(key, 1)
        except UserError as error:
            yield wrong("options", str(error), f"change it in {profile.path}")
