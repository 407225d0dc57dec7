# The experiment, its plan, and what the rules ask of it: all the Python there is in the workflow.
import os
import sys

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))
# Jobs find this Python and this package, wherever they start and whatever was activated.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
    PYTHONPATH=str(ROOT / "src"),
)

from alambic.errors import UserError
from alambic.jobs.in_progress import head_folder, work_in_progress
from alambic.jobs.folder_lock import unlock, try_lock
from alambic.settings.pins import check_pinned
from alambic.planning.plan import Plan, short
from alambic.settings import read_experiment
from alambic.commands.storage.running import record_plan

try:
    plan = Plan(read_experiment(config))
    check_pinned(plan.experiment)
except UserError as error:
    raise WorkflowError(str(error))

# The experiment as one argument, wherever its file is.
described = plan.experiment.model_dump_json(exclude_unset=True)


wildcard_constraints:
    item=r"[A-Za-z0-9_./-]+?",
    fingerprint=r"[0-9a-f]{16}",


def artifact(stage, wildcards):
    """The artifact that a rule is asked for."""
    found = plan.get(f"{stage}/{wildcards.item}")
    if found is None or short(found.fingerprint) != wildcards.fingerprint:
        raise WorkflowError(
            f"artifacts/{stage}/{wildcards.item}/{wildcards.fingerprint} belongs to other settings or code than today's"
        )
    return found


def manifests_of(made):
    """The manifests that an artifact is made from.

    `ancient`: a path already says which content it holds, so dates say nothing.
    """
    inputs = made.inputs.values()
    return [ancient(str(one.manifest)) for artifacts in inputs for one in artifacts]


def needed(stage):
    """The manifests that the artifact of `stage` is made from that a rule is asked for."""
    return lambda wildcards: manifests_of(artifact(stage, wildcards))


def roles(stage):
    """The same manifests, each with its role, as the command line wants them."""

    def pairs(wildcards):
        inputs = artifact(stage, wildcards).inputs.items()
        return [
            f"{role}={made.manifest}"
            for role, artifacts in inputs
            for made in artifacts
        ]

    return pairs


def settings(stage):
    """The settings of an item, as one JSON argument."""

    def dumped(wildcards):
        return artifact(stage, wildcards).settings.model_dump_json()

    return dumped


def launch(wildcards, resources, threads):
    """The launcher and the ranks that the site's profile gives to a rule."""
    nodes, ranks = resources.get("nodes", 1), resources.get("tasks_per_node", 1)
    launcher = resources.get("mpi", "local")
    return f"{ROOT}/scripts/launch.sh --nodes {nodes} --ranks {ranks} --threads {threads} --launcher {launcher} --"


def attempt_number(wildcards, attempt):
    """Which of the workflow's own tries this is: a second one does not repeat an error that would come again."""
    return attempt


def manifests(*stages):
    """The manifests of every artifact of these stages."""
    return [
        ancient(str(made.manifest)) for made in plan.values() if made.stage in stages
    ]


def published():
    """The stamp that says that `results/` shows this very report."""
    return f"{plan.results}/.published-{short(plan.report.fingerprint)}"


def tracked():
    """The stamp that says that MLflow holds all of it."""
    return f"{plan.results}/.tracked-{short(plan.report.fingerprint)}"
