# The experiment, its plan, and what the rules ask of it: all the Python there is in the workflow.
import os
import sys
from shlex import join, quote

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))
# Jobs find this Python and this package, wherever they start and whatever was activated.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
    PYTHONPATH=str(ROOT / "src"),
)

from alambic.errors import UserError
from alambic.jobs.in_progress import head_folder
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
experiment_json = plan.experiment.model_dump_json(exclude_unset=True)

# Resources that change a job's speed: it reads each as a variable of its environment, such as ALAMBIC_MICRO_BATCH.
SPEED = (
    *("micro_batch", "zero_stage", "offload", "recompute", "kernels"),
    *("data_workers", "checkpoint_seconds", "sorting_mb", "generator"),
)


wildcard_constraints:
    item=r"[A-Za-z0-9_./-]+?",
    fingerprint=r"[0-9a-f]{16}",


def artifact_of(wildcards):
    """The artifact that a rule is asked for."""
    artifact = plan.get(f"{wildcards.stage}/{wildcards.item}")
    if artifact is None or short(artifact.fingerprint) != wildcards.fingerprint:
        raise WorkflowError(
            f"artifacts/{wildcards.stage}/{wildcards.item}/{wildcards.fingerprint} belongs to other settings or code "
            "than today's"
        )
    return artifact


def manifests(artifacts):
    """Their manifests. `ancient`: a path already says which content it holds, so dates say nothing."""
    return [ancient(str(artifact.manifest)) for artifact in artifacts]


def input_manifests(wildcards):
    """The manifests of what an artifact is made from."""
    return manifests(artifact_of(wildcards).upstream)


def inputs_by_role(wildcards):
    """The same for the command line, such as `corpus=artifacts/clean/medical/0123456789abcdef/manifest.json`."""
    roles = artifact_of(wildcards).inputs.items()
    return [f"{role}={each.manifest}" for role, inputs in roles for each in inputs]


def settings_json(wildcards):
    """The settings of an item, as one argument."""
    return artifact_of(wildcards).settings.model_dump_json()


def launcher(wildcards, resources, threads):
    """The option that says how to start the ranks which the site's profile gives to a rule."""
    nodes, ranks = resources.get("nodes", 1), resources.get("tasks_per_node", 1)
    size = ["--nodes", nodes, "--ranks", ranks, "--threads", threads]
    launcher = ["--launcher", resources.get("mpi", "local"), "--"]
    # Taken apart again by the stage: the checkout's path may hold blanks.
    command = join(map(str, [ROOT / "scripts/launch.sh", *size, *launcher]))
    return f"--launcher {quote(command)}"


def environment(wildcards, resources, threads):
    """The variables that say how fast a job goes, and change nothing that it computes."""
    given = dict(resources.items())
    if "writer" in given:
        raise WorkflowError(
            "resource `writer` was renamed: write `generator` in the site's profile"
        )
    speed = [
        f"ALAMBIC_{name.upper()}={quote(str(given[name]))}"
        for name in SPEED
        if name in given
    ]
    return " ".join([f"OMP_NUM_THREADS={threads}", *speed])


def attempt_number(wildcards, attempt):
    """Which of the workflow's own tries this is: a second one does not repeat an error that would come again."""
    return attempt


def stamp(name):
    """The file that says that this very report was published, or tracked."""
    return f"{plan.results}/.{name}-{short(plan.report.fingerprint)}"
