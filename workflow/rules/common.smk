# The experiment, its plan, and what the rules ask of it: all the Python there is in the workflow.
import os
import sys
from shlex import join, quote

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))
# Snakemake's logger plug-in has imported the package that is installed, which may be another checkout's.
if (
    "alambic" in sys.modules
    and ROOT / "src" / "alambic" != Path(sys.modules["alambic"].__file__).parent
):
    for name in [name for name in sys.modules if name.split(".")[0] == "alambic"]:
        del sys.modules[name]
# Jobs find this Python and this package, wherever they start and whatever was activated.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
    PYTHONPATH=str(ROOT / "src"),
)

from alambic.errors import UserError
from alambic.jobs.in_progress import head_folder
from alambic.jobs.folder_lock import unlock, try_lock
from alambic.jobs.inputs import set_aside_foreign, was_set_aside
from alambic.jobs.plan_file import VARIABLE, plan_file, submitted_plan, write_plan
from alambic.jobs.power import Power
from alambic.runtime.caches import keep_caches_here
from alambic.settings.pins import check_pinned
from alambic.planning.artifact import short
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.settings.experiment_file import load_configuration, load_experiment
from alambic.commands.storage.running import record_plan
from alambic.commands.tracking import forget_failed_stamps

keep_caches_here()

# A job has the plan of the head that submitted it, though the experiment was edited since.
submitted = None if workflow.is_main_process else submitted_plan()
try:
    # Read anew: what Snakemake has read of a file lacks keys given twice, and has days where texts were written.
    experiment = (
        load_experiment(str(submitted))
        if submitted
        else load_configuration(
            workflow.configfiles, workflow.config_settings.config or {}
        )
    )
    plan = Plan(experiment)
    check_pinned(plan.experiment)
    if workflow.is_main_process:
        check_before_running(plan)
except UserError as error:
    raise WorkflowError(str(error))

# A manifest that a copied folder brought, or a disk spoilt, would vouch for a result for ever. A dry run leaves it, and
# Snakemake does not say at the parse that it is one.
if workflow.is_main_process and not {"-n", "--dry-run", "--dryrun"} & set(sys.argv):
    for line in set_aside_foreign(artifact.manifest for artifact in plan.values()):
        logger.warning(line)
    forget_failed_stamps(plan.results)

# Settings, inputs and the experiment, for every command: as arguments they would grow with the experiment.
if workflow.is_main_process:
    planned = str(plan_file(plan))  # written when the workflow starts
    os.environ[VARIABLE] = planned
else:
    planned = str(submitted or write_plan(plan))

# Resources that change a job's speed: it reads each as a variable of its environment, such as ALAMBIC_MICRO_BATCH.
SPEED = (
    *("micro_batch", "zero_stage", "offload", "recompute", "kernels"),
    *(
        "data_workers",
        "checkpoint_seconds",
        "sorting_mb",
        "generator",
        "verify",
        "power",
    ),
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


def launcher(wildcards, resources, threads):
    """The option that says how to start the ranks which the site's profile gives to a rule."""
    nodes, ranks = resources.get("nodes", 1), resources.get("tasks_per_node", 1)
    size = ["--nodes", nodes, "--ranks", ranks, "--threads", threads]
    launcher = ["--launcher", resources.get("mpi", "local"), "--"]
    # Taken apart again by the stage: the checkout's path may hold blanks.
    command = join(map(str, [ROOT / "scripts/launch.sh", *size, *launcher]))
    return f"--launcher {quote(command)}"


def allocation(given, threads):
    """What the site gives a job over all its nodes, by which reserved cores and GPUs are counted."""
    nodes, ranks = given.get("nodes", 1), given.get("tasks_per_node", 1)
    cores = given.get("cpus_per_task", ranks * threads)
    gpus = str(given.get("gres", "")).rpartition(":")[2]
    gpus = nodes * int(gpus) if gpus.isdigit() else 0
    return f"ALAMBIC_ALLOCATION=nodes={nodes},cores={nodes * cores},gpus={gpus}"


def environment(wildcards, resources, threads):
    """The variables that say how fast a job goes, and change nothing that it computes."""
    given = dict(resources.items())
    if "power" in given:
        Power.read(str(given["power"]))  # before the job waits
    if "writer" in given:
        raise WorkflowError(
            "resource `writer` was renamed: write `generator` in the site's profile"
        )
    speed = [
        f"ALAMBIC_{name.upper()}={quote(str(given[name]))}"
        for name in SPEED
        if name in given
    ]
    return " ".join([f"OMP_NUM_THREADS={threads}", allocation(given, threads), *speed])


def attempt_number(wildcards, attempt):
    """Which of the workflow's own tries this is: a second one does not repeat an error that would come again."""
    return attempt


def damaged_artifacts():
    """What was set aside as damaged and not made anew since: wanted, though all that was made from it is finished."""
    return [a for a in plan.values() if was_set_aside(a.folder)]


def stamp(name):
    """The file that says that this very report was published, or tracked."""
    return f"{plan.results}/.{name}-{short(plan.report.fingerprint)}"
