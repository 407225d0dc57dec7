"""Whether the nodes can give what each kind of job asks for."""

import re
from collections.abc import Iterator

from alambic.commands.doctor.cluster import Cluster
from alambic.commands.doctor.finding import Finding, ok, wrong
from alambic.commands.doctor.profile import Profile
from alambic.commands.doctor.shape import Shape

Node = dict[str, str]


def check_nodes(profile: Profile, cluster: Cluster) -> Iterator[Finding]:
    """See that a partition has enough nodes with the constraint, the GPUs and the cores that its jobs ask for."""
    for shape in profile.shapes:
        nodes = cluster.nodes_of(shape.get("slurm_partition") or "")
        if nodes:  # a partition that does not exist is told once
            yield from _nodes(profile, shape, nodes)


def _nodes(profile: Profile, shape: Shape, nodes: list[Node]) -> Iterator[Finding]:
    where = f"{shape.get('slurm_partition')} ({', '.join(shape.rules)})"
    features = {feature for node in nodes for feature in features_of(node)}
    # Names joined by &, | or brackets, each perhaps with a count: rack1*2.
    asked = re.findall(r"[\w.:-]+", re.sub(r"\*\d+", "", shape.get("constraint") or ""))
    unknown = [name for name in asked if name not in features]
    if unknown:
        seen = f"no node has {', '.join(unknown)}; they have: {', '.join(sorted(features)) or 'no feature'}"
        yield wrong(f"constraint on {where}", seen, f"change constraint in {profile.path}")
    most = max(gres_of(node, shape) for node in nodes)
    if shape.gres is not None and most < shape.gres[2]:
        seen = f"{shape.get('gres')} asked of each node; the most that one has is {most}"
        yield wrong(f"GPUs on {where}", seen, f"change gres in {profile.path}")
    cores = max(cores_of(node, shape) for node in nodes)
    if cores < shape.cpus_per_node:
        seen = f"{shape.cpus_per_node} asked of each node; the most that one has is {cores}"
        yield wrong(f"cores on {where}", seen, f"change set-threads or cpus_per_task in {profile.path}")
    fitting = [node for node in nodes if _fits(node, shape)]
    if most >= (shape.gres or (0, 0, 0))[2] and cores >= shape.cpus_per_node and not unknown:
        yield _enough(profile, shape, where, fitting)


def _enough(profile: Profile, shape: Shape, where: str, fitting: list[Node]) -> Finding:
    wanted = shape.number("nodes")
    seen = f"{wanted} with {shape.cpus_per_node} cores"
    seen += f", {shape.get('gres')}" if shape.gres else ""
    seen += f", {shape.get('constraint')}" if shape.get("constraint") else ""
    if len(fitting) < wanted:
        return wrong(f"nodes on {where}", f"{seen} asked; {len(fitting)} fit", f"change nodes in {profile.path}")
    return ok(f"nodes on {where}", f"{seen} asked; {len(fitting)} fit")


def _fits(node: Node, shape: Shape) -> bool:
    gpus = shape.gres[2] if shape.gres else 0
    memory = shape.number("mem_mb", 0) or shape.number("mem_mb_per_cpu", 0) * shape.cpus_per_node
    return (
        gres_of(node, shape) >= gpus
        and cores_of(node, shape) >= shape.cpus_per_node
        and int(node.get("RealMemory", memory)) >= memory
    )


def features_of(node: Node) -> list[str]:
    """Name the features of a node, that a constraint may ask for."""
    shown = node.get("AvailableFeatures", "(null)")
    return [] if shown == "(null)" else shown.split(",")


def gres_of(node: Node, shape: Shape) -> int:
    """Count what a node has of the gres that a shape asks for, of the same model if it names one."""
    if shape.gres is None:
        return 0
    kind, model, _ = shape.gres
    # gpu:h100:4(S:0-1),nvme:1
    entries = re.findall(r"(\w+)(?::([\w.-]+?))?:(\d+)(?:\([^)]*\))?(?:,|$)", node.get("Gres", ""))
    return sum(int(number) for name, of, number in entries if name == kind and model in (None, of))


def cores_of(node: Node, shape: Shape) -> int:
    """Count a node's cores as the shape does: hardware threads, unless it asks for `--hint=nomultithread`."""
    threads = int(node.get("ThreadsPerCore", 1)) if shape.one_thread_per_core else 1
    return int(node.get("CPUTot", 0)) // threads
