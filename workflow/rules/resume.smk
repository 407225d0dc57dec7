# What keeps an experiment in one piece when its head process dies, or is started twice.
# In: the owner files in artifacts/<stage>/<item>/<fingerprint>/, and Slurm's queue. Out: nothing of its own.
# Steps: one head per experiment -> wait for the jobs that an earlier head left -> no retry that would end as before ->
# track what is finished, come what may.
from snakemake.jobs import Job

from alambic.jobs.in_progress import worth_repeating

if workflow.is_main_process:
    # Snakemake knows no exit status that forbids its retries: refused in the job only, each would wait in the queue first.
    Job.restart_times = property(
        lambda job: job.rule.restart_times if worth_repeating(job.output) else 0
    )

    for name, who in live_work(plan).items():
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
    other = take_or_name(head_folder(plan))
    if other is not None:
        raise WorkflowError(
            f"experiment '{plan.experiment.name}' is run by another command already ({other}): "
            "its results will be here; if it is to be stopped, stop that one"
        )
    note_plan(plan)


onsuccess:
    give_back(head_folder(plan))


onerror:
    give_back(head_folder(plan))
    # What is finished can be looked at, though the whole is not.
    shell("python -m alambic track {experiment_json:q} || true")
