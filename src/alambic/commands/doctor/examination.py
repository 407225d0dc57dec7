"""All checks of a site, in the order in which a reader wants them."""

from collections.abc import Callable, Iterator

from alambic.commands.doctor import controller, limits, machine, packages, probes, resources, rights, sizes
from alambic.commands.doctor.cluster import Cluster, NoAnswer
from alambic.commands.doctor.finding import Finding, Verdict, not_checked, wrong
from alambic.commands.doctor.profile import Profile, read_profile
from alambic.errors import UserError

Check = Callable[[Profile, Cluster], Iterator[Finding]]

# name, check
PROFILE: tuple[tuple[str, Check], ...] = (("resources", resources.check_resources),)
SLURM: tuple[tuple[str, Check], ...] = (
    ("variables", controller.check_variables),
    ("environment", controller.check_environment),
    ("partitions", rights.check_partitions),
    ("accounts", rights.check_accounts),
    ("QoS", rights.check_qos),
    ("rights on partitions", rights.check_account_of_partition),
    ("nodes", sizes.check_nodes),
    ("wall limits", limits.check_wall_limits),
    ("MinJobAge", controller.check_min_job_age),
    ("submission", controller.check_submission),
    ("trial submissions", limits.check_trial_submissions),
)
MACHINE: tuple[tuple[str, Check], ...] = (
    ("network here", machine.check_network),
    ("room", machine.check_room),
    ("modules", machine.check_modules),
    ("packages", packages.check_versions),
    ("torch", packages.check_torch),
)


def examine(site: str, *, probe_jobs: bool = False, probe_ranks: bool = False) -> Iterator[Finding]:
    """Check a site against its profile; nothing is queued unless a probe is asked for. About half a minute."""
    profile, cluster = read_profile(site), Cluster()
    usable = profile.slurm
    if profile.slurm:
        for finding in controller.check_programs(profile, cluster):
            usable = usable and finding.verdict is Verdict.OK
            yield finding
        if not usable:
            yield from _answered("variables", controller.check_variables, profile, cluster)
            for name, _ in SLURM[1:]:
                yield not_checked(name, "Slurm does not answer here")
    checks = (*PROFILE, *(SLURM if usable else ()), *MACHINE)
    if usable:
        checks += (("jobs", probes.check_jobs if probe_jobs else probes.skip_jobs),)
        checks += (("ranks", probes.check_ranks if probe_ranks else probes.skip_ranks),)
    for name, check in checks:
        yield from _answered(name, check, profile, cluster)


def _answered(name: str, check: Check, profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    try:
        yield from check(profile, cluster)
    except NoAnswer as error:
        yield not_checked(name, str(error))
    except UserError as error:
        if check is resources.check_resources:
            yield wrong(name, str(error), "mend the profile")
        else:
            yield not_checked(name, f"the profile must be mended first: {error}")
