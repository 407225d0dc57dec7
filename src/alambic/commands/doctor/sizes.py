"""Whether the nodes can give what each kind of job asks for."""

import re
from collections.abc import Iterator

from alambic.commands.doctor.cluster import Cluster
from alambic.commands.doctor.finding import Finding, ok, wrong
from alambic.commands.doctor.job_request import JobRequest
from alambic.commands.doctor.profile import Profile

Node = dict[str, str]


def check_nodes(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that a partition has enough nodes with the constraint, the GPUs and the cores that its jobs ask for."""
    for request in profile.requests:
        nodes = cluster.nodes_of(request.get("slurm_partition") or "")
        if nodes:  # a partition that does not exist is reported once
            yield from _nodes(profile, request, nodes)


def _nodes(profile: Profile, request: JobRequest, nodes: list[Node]) -> Iterator[Finding]:
    where = f"{request.get('slurm_partition')} ({', '.join(request.rules)})"
    features = {feature for node in nodes for feature in features_of(node)}
    # Names joined by &, | or brackets, each perhaps with a count: rack1*2.
    asked = re.findall(r"[\w.:-]+", re.sub(r"\*\d+", "", request.get("constraint") or ""))
    unknown = [name for name in asked if name not in features]
    if unknown:
        seen = f"no node has {', '.join(unknown)}; they have: {', '.join(sorted(features)) or 'no feature'}"
        yield wrong(f"constraint on {where}", seen, f"change constraint in {profile.path}")
    most = max(gres_of(node, request) for node in nodes)
    if request.gres is not None and most < request.gres[2]:
        seen = f"{request.get('gres')} asked of each node; the most that one has is {most}"
        yield wrong(f"GPUs on {where}", seen, f"change gres in {profile.path}")
    cores = max(cores_of(node, request) for node in nodes)
    if cores < request.cpus_per_node:
        seen = f"{request.cpus_per_node} asked of each node; the most that one has is {cores}"
        yield wrong(f"cores on {where}", seen, f"change set-threads or cpus_per_task in {profile.path}")
    fitting = [node for node in nodes if _fits(node, request)]
    if most >= (request.gres or (0, 0, 0))[2] and cores >= request.cpus_per_node and not unknown:
        yield _enough(profile, request, where, fitting)


def _enough(profile: Profile, request: JobRequest, where: str, fitting: list[Node]) -> Finding:
    node_count = request.number("nodes")
    seen = f"{node_count} with {request.cpus_per_node} cores"
    seen += f", {request.get('gres')}" if request.gres else ""
    seen += f", {request.get('constraint')}" if request.get("constraint") else ""
    seen += f" asked; {len(fitting)} fit"
    if len(fitting) < node_count:
        return wrong(f"nodes on {where}", seen, f"change nodes in {profile.path}")
    closed = {node["NodeName"]: why_closed(node) for node in fitting if why_closed(node)}
    if closed:
        seen += f", of which {', '.join(f'{name} takes no jobs ({why})' for name, why in closed.items())}"
    if len(fitting) - len(closed) < node_count:
        return wrong(f"nodes on {where}", seen, f"wait, or change nodes or slurm_partition in {profile.path}")
    return ok(f"nodes on {where}", seen)


def why_closed(node: Node) -> str:
    """Say why a node takes no jobs now; empty where it does: IDLE+DRAIN, "fan broken" -> "IDLE+DRAIN: fan broken"."""
    state = node.get("State", "")
    if not re.search("DOWN|DRAIN|FAIL|MAINT|NOT_RESPONDING|POWERING_DOWN|UNKNOWN", state) and "*" not in state:
        return ""
    return f"{state}: {node.get('Reason') or 'no reason given'}"


def _fits(node: Node, request: JobRequest) -> bool:
    gpus = request.gres[2] if request.gres else 0
    memory = request.number("mem_mb", 0) or request.number("mem_mb_per_cpu", 0) * request.cpus_per_node
    return (
        gres_of(node, request) >= gpus
        and cores_of(node, request) >= request.cpus_per_node
        and int(node.get("RealMemory", memory)) >= memory
    )


def features_of(node: Node) -> list[str]:
    """Name the features of a node, that a constraint may ask for."""
    shown = node.get("AvailableFeatures", "(null)")
    return [] if shown == "(null)" else shown.split(",")


def gres_of(node: Node, request: JobRequest) -> int:
    """Count what a node has of the gres that a request asks for, of the same model if it names one."""
    if request.gres is None:
        return 0
    kind, model, _ = request.gres
    # gpu:h100:4(S:0-1),nvme:1
    entries = re.findall(r"(\w+)(?::([\w.-]+?))?:(\d+)(?:\([^)]*\))?(?:,|$)", node.get("Gres", ""))
    return sum(int(number) for name, of, number in entries if name == kind and model in (None, of))


def cores_of(node: Node, request: JobRequest) -> int:
    """Count a node's cores as the request does: hardware threads, unless it asks for `--hint=nomultithread`."""
    threads = int(node.get("ThreadsPerCore", 1)) if request.one_thread_per_core else 1
    return int(node.get("CPUTot", 0)) // threads
