"""Whether this user may use the partitions, accounts and QoS that the profile names."""

from collections import defaultdict
from collections.abc import Iterator

from alambic.commands.doctor.cluster import Association, Cluster
from alambic.commands.doctor.finding import Finding, not_checked, ok, wrong
from alambic.commands.doctor.job_request import JobRequest
from alambic.commands.doctor.profile import Profile, unset_in
from alambic.errors import nearest


def check_partitions(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that every partition exists and is up."""
    for name, rules in profile.values("slurm_partition").items():
        what, setting = f"partition {name} ({rules})", f"slurm_partition in {profile.path}"
        if unset_in(name):
            yield not_checked(what, "its variable is unset")
        elif name not in cluster.partitions:
            yield wrong(what, f"does not exist; {nearest(name, cluster.partitions)}", f"change {setting}")
        elif (state := cluster.partitions[name].get("State", "?")) != "UP":
            yield wrong(what, f"is {state}", f"wait, or change {setting}")
        else:
            yield ok(what, f"up, {cluster.partitions[name].get('TotalNodes', '?')} nodes")
    for request in profile.requests:
        if request.get("slurm_partition") is None:
            yield not_checked(f"partition ({', '.join(request.rules)})", "the profile names none: the site's default")


def check_accounts(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that every account is this user's."""
    if not cluster.keeps_accounts:
        yield not_checked("accounts", "this cluster keeps none")
        return
    accounts = sorted({association.account for association in cluster.associations})
    for name, rules in profile.values("slurm_account").items():
        what = f"account {name} ({rules})"
        if unset_in(name):
            yield not_checked(what, "its variable is unset")
        elif name.casefold() not in [account.casefold() for account in accounts]:
            yield wrong(what, f"is none of yours; {nearest(name, accounts)}", f"change slurm_account in {profile.path}")
        else:
            yield ok(what, "one of yours")


def check_account_of_partition(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that each partition takes the account and the QoS that come with it."""
    for request in profile.requests:
        partition = cluster.partitions.get(request.get("slurm_partition") or "", {})
        for key, allow, deny in (
            ("slurm_account", "AllowAccounts", "DenyAccounts"),
            ("qos", "AllowQos", "DenyQos"),
        ):
            value, allowed = request.get(key), partition.get(allow, "ALL")
            if value is None or unset_in(value):
                continue
            refused = value in partition.get(deny, "").split(",")
            if refused or (allowed != "ALL" and value not in allowed.split(",")):
                what = f"{key} {value} on {request.get('slurm_partition')} ({', '.join(request.rules)})"
                remedy = f"change {key} or slurm_partition in {profile.path}"
                yield wrong(what, f"refused: {allow}={allowed} {deny}={partition.get(deny, '')}", remedy)


def check_qos(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that every QoS exists, is allowed with its account, and takes as many jobs as the head submits."""
    asked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for request in profile.requests:
        if name := request.get("qos"):
            asked[name, request.get("slurm_account") or ""] += request.rules
    if not cluster.keeps_accounts:
        if asked:
            yield not_checked("QoS", "this cluster keeps none")
        return
    for (name, account), rules in asked.items():
        yield _qos(profile, cluster, name, account, f"QoS {name} ({', '.join(rules)})")
    yield from _submitted_jobs(profile, cluster)


def _submitted_jobs(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that as many jobs as the head submits are taken, with each account and QoS of its rules."""
    jobs, limits = profile.number("jobs", 1), dict[str, int]()
    for request in profile.requests:
        name = qos_of(request, cluster)
        of_qos = cluster.qos.get(name, {})
        numbers = {f"QoS {name}": [of_qos.get(key, "") for key in ("jobs", "jobs_of_account", "jobs_in_all")]}
        for right in associations_of(cluster, account_of(request, cluster)):
            numbers[f"account {right.account}"] = list(right.jobs)
        for what, given in numbers.items():
            most = [int(number) for number in given if number.isdigit()]
            limits |= {what: min(most)} if most else {}
    for what, number in limits.items():
        if number < jobs:
            seen = f"takes {number} submitted jobs, and the profile submits {jobs}: the others wait in the head"
            yield wrong(f"jobs with {what}", seen, f"write `jobs: {number}` in {profile.path}")


def account_of(request: JobRequest, cluster: Cluster) -> str:
    """Give the account of a job: the profile's, or the user's default."""
    return request.get("slurm_account") or cluster.default_account


def qos_of(request: JobRequest, cluster: Cluster) -> str:
    """Give the QoS of a job: the profile's, or the account's default; empty where there is none."""
    rights = associations_of(cluster, account_of(request, cluster))
    return request.get("qos") or next((right.default_qos for right in rights if right.default_qos), "")


def _qos(profile: Profile, cluster: Cluster, name: str, account: str, what: str) -> Finding:
    setting = f"qos in {profile.path}"
    if unset_in(name):
        return not_checked(what, "its variable is unset")
    if name not in cluster.qos:
        return wrong(what, f"does not exist; {nearest(name, cluster.qos)}", f"change {setting}")
    rights = associations_of(cluster, account)
    if not rights:
        return not_checked(what, f"nothing is known of account {account}")
    allowed = {qos for right in rights for qos in right.qos}
    if name not in allowed:
        return wrong(what, f"is not allowed with account {account}; {nearest(name, allowed)}", f"change {setting}")
    return ok(what, f"allowed with {account or 'your account'}, at most {cluster.qos[name]['wall'] or 'any time'}")


def associations_of(cluster: Cluster, account: str) -> list[Association]:
    """Give this user's rights with one account; with the name of none, all of them."""
    return [right for right in cluster.associations if not account or right.account.casefold() == account.casefold()]
