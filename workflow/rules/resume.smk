# What keeps an experiment in one piece when its head process dies, or is started twice.
# In: the owner files in artifacts/<stage>/<item>/<fingerprint>/, and Slurm's queue. Out: nothing of its own.
# Steps: one head per experiment -> curves while it runs -> no job for what somebody has under way -> no retry that would
# end as before -> track what is finished, come what may. The head waits for whoever owns a folder.
from alambic.commands.console.next_steps import next_steps
from alambic.commands.forecast.after import compare
from alambic.commands.forecast.before import note_forecast
from alambic.commands.tracking.follower import start_follower, stop_follower
from alambic.data.artifact import is_complete
from alambic.jobs.compat import (
    keep_log_folders_but,
    quote_commands,
    retry_only_where,
    submit_through,
    watch_states,
)
from alambic.jobs.in_progress import is_retryable
from alambic.jobs.submission import Submissions

# Snakemake has imported the executors that are installed, whichever it will take.
has_slurm = "snakemake_executor_plugin_slurm" in sys.modules

if has_slurm:
    quote_commands()

if workflow.is_main_process:
    submissions = Submissions()
    retry_only_where(
        lambda output: is_retryable(output) and not submissions.is_hopeless(output)
    )
    if has_slurm:
        submit_through(submissions)
        watch_states(lambda job: is_complete(Path(job.output[0])))
        # A folder of logs bears its artifact's name and fingerprint.
        keep_log_folders_but(
            lambda name: any(
                is_complete(artifact.manifest)
                for artifact in plan.values()
                if name.endswith(f"_{artifact.folder.name}")
            )
        )

followers = []


def stop_followers():
    """End the tracker that draws curves while jobs run."""
    for follower in followers:
        stop_follower(follower)


onstart:
    write_plan(plan)
    other = try_lock(head_folder(plan))
    if other is not None:
        raise WorkflowError(
            f"experiment '{plan.experiment.name}' is run by another command already ({other}): "
            "its results will be here; if it is to be stopped, stop that one"
        )
    record_plan(plan)
    note_forecast(plan, sys.argv[1:])
    followers.append(start_follower(planned, plan.results / "follow.log"))


onsuccess:
    stop_followers()
    unlock(head_folder(plan))
    if Path(stamp("tracked")).exists():
        lines = [*next_steps(plan), "", *compare(plan)]
        logger.info("\n".join(lines), extra={"alambic": True})


onerror:
    stop_followers()
    unlock(head_folder(plan))
    # What is finished can be looked at, though the whole is not.
    shell("python -m alambic track {planned:q} || true")
