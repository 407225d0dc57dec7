# What keeps an experiment in one piece when its head process dies, or is started twice.
# In: the owner files in artifacts/<stage>/<item>/<fingerprint>/, and Slurm's queue. Out: nothing of its own.
# Steps: one head per experiment -> wait for the jobs that an earlier head left -> no retry that would end as before ->
# track what is finished, come what may.
from alambic.jobs.compat import retry_only_where
from alambic.jobs.in_progress import is_retryable

if workflow.is_main_process:
    retry_only_where(is_retryable)

    for name, who in work_in_progress(plan).items():
        logger.warning(f"{name} is under way ({who}): its result is waited for")

        rule:
            name:
                f"await_{plan[name].folder.name}"
            # Those of the artifact's own rule, or a later command would find that its inputs have changed.
            input:
                manifests(plan[name].upstream),
            output:
                str(plan[name].manifest),
            localrule: True
            shell:
                "python -m alambic await {output:q}"

        workflow.ruleorder(f"await_{plan[name].folder.name}", plan[name].stage)


onstart:
    write_plan(plan)
    other = try_lock(head_folder(plan))
    if other is not None:
        raise WorkflowError(
            f"experiment '{plan.experiment.name}' is run by another command already ({other}): "
            "its results will be here; if it is to be stopped, stop that one"
        )
    record_plan(plan)


onsuccess:
    unlock(head_folder(plan))


onerror:
    unlock(head_folder(plan))
    # What is finished can be looked at, though the whole is not.
    shell("python -m alambic track {planned:q} || true")
