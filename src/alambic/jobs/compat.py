"""Private interfaces of Snakemake and its Slurm executor, with the versions they were checked with; tests hold them."""

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.jobs import slurm
from alambic.jobs.job_states import JobStates
from alambic.jobs.submission import Submissions

STATUS_TIMEOUT = 60  # seconds


def retry_only_where(is_retryable: Callable[[Sequence[str]], bool]) -> None:
    """Have Snakemake of this process give a failed job its rule's retries only where `is_retryable(job.output)`.

    It knows no exit status that forbids them: refused in the job only, each retry would wait in the queue first.
    Checked with snakemake 9.27.1.
    """
    from snakemake.jobs import Job

    Job.restart_times = property(lambda job: job.rule.restart_times if is_retryable(job.output) else 0)


def keep_log_folders_but(is_done: Callable[[str], bool]) -> None:
    """Have the Slurm executor remove an empty folder of logs only where `is_done` of its name, its job's wildcards.

    By itself it removes every empty one when a head ends. That of a job that waits is empty, and without it Slurm
    cannot start the job, whichever head it belongs to. Checked with snakemake-executor-plugin-slurm 2.8.0.
    """
    import snakemake_executor_plugin_slurm as plugin

    def delete_empty_dirs(logs: Path) -> None:
        for folder in logs.glob("*/*"):
            if folder.is_dir() and is_done(folder.name) and not any(folder.iterdir()):
                folder.rmdir()

    plugin.delete_empty_dirs = delete_empty_dirs


def submit_through(submissions: Submissions) -> None:
    """Have the Slurm executor pass its jobs through `submissions`, and Slurm's refusals too.

    Accounts are left to Slurm, which tells a wrong one by itself: the executor asks the database before each job.
    Checked with snakemake-executor-plugin-slurm 2.8.0.
    """
    import snakemake_executor_plugin_slurm as plugin

    executor = plugin.Executor
    report_submission, report_error = executor.report_job_submission, executor._report_job_error_threadsafe
    report_success, report_failure = executor.report_job_success, executor.report_job_error

    def take(self: Any, job: Any) -> None:
        self.run_job_pre(job)
        submissions.take(ExecutorHead(self), job)

    def note_submission(self: Any, job_info: Any, register_job: bool = True) -> None:
        submissions.note_submission(job_info.job, job_info.external_jobid)
        report_submission(self, job_info, register_job=register_job)

    def note_error(self: Any, job_info: Any, msg: str) -> None:
        if not submissions.takes_refusal(job_info.job, msg):
            report_error(self, job_info, msg)

    def note_success(self: Any, job_info: Any) -> None:
        report_success(self, job_info)
        submissions.note_end()

    def note_failure(self: Any, job_info: Any, msg: str | None = None, **rest: Any) -> None:
        report_failure(self, job_info, msg=msg, **rest)
        submissions.note_end()

    executor._submit_job = take
    executor.report_job_success, executor.report_job_error = note_success, note_failure
    executor.report_job_submission = note_submission
    executor._report_job_error_threadsafe = note_error
    plugin.validate_account = lambda account, logger: account
    plugin.get_account = lambda logger: None


def quote_commands() -> None:
    """Have the executors for Slurm write commands that a shell reads as they are meant, wherever this Python lies.

    They leave the path of Python bare, write other paths as Python would (`"d'$x"`, which a shell expands), and a `$`
    within the double quotation marks of sbatch's --wrap is expanded too early. Checked with
    snakemake-executor-plugin-slurm 2.8.0.
    """
    from snakemake_interface_executor_plugins import utils

    format_value = utils.format_cli_value

    def format_cli_value(value: Any, quote: bool = False, base64_encode: bool = False) -> str:
        if isinstance(value, str) and quote and not base64_encode and not utils.is_quoted(value):
            return shlex.quote(value)
        return str(format_value(value, quote=quote, base64_encode=base64_encode))

    utils.format_cli_value = format_cli_value
    for name in ("snakemake_executor_plugin_slurm", "snakemake_executor_plugin_slurm_jobstep"):
        executor = sys.modules[name].Executor
        find = executor.get_python_executable
        executor.get_python_executable = lambda self, find=find: shlex.quote(find(self))
    submitting = sys.modules["snakemake_executor_plugin_slurm"].Executor
    format_job = submitting.format_job_exec

    def format_wrapped_job(self: Any, job: Any) -> str:
        command: str = format_job(self, job)
        if self.workflow.executor_settings.pass_command_as_script or self.array_jobs:
            return command
        return re.sub(r"([\\$`])", r"\\\1", command)

    submitting.format_job_exec = format_wrapped_job


def watch_states(is_finished: Callable[[Any], bool]) -> None:
    """Have the Slurm executor go on when Slurm is silent about its jobs, or has forgotten one, and say why a job waits.

    By itself it would drop all its jobs at the first silence, and wait for ever; so too for a job that Slurm forgot,
    and for one that sacct shows as `CANCELLED by 0`. Checked with snakemake-executor-plugin-slurm 2.8.0.
    """
    import snakemake_executor_plugin_slurm as plugin

    watched: dict[int, JobStates] = {}
    check = plugin.Executor.check_active_jobs
    current: list[JobStates] = []
    ask_age, age = plugin.get_min_job_age, dict[str, int | None]()

    def min_job_age() -> int | None:  # while the controller is silent too, or sacct would be asked in its place
        age["known"] = age.get("known") or ask_age()
        return age["known"]

    async def query(command: str, logger: Any) -> tuple[dict[str, str], float]:
        states = await _ask_states(command)
        current[0].note(states, whole=command.startswith("squeue"))
        return {number: state for number, (state, _) in (states or {}).items()}, 0.0

    async def check_active_jobs(self: Any, active_jobs: Any) -> AsyncIterator[Any]:
        current[:] = [watched.setdefault(id(self), JobStates(self.logger.warning))]
        async for info in check(self, active_jobs):
            if not current[0].is_forgotten(info.external_jobid):
                yield info
            elif is_finished(info.job):
                self.report_job_success(info)
            else:
                why = f"Slurm knows no job {info.external_jobid} any more, and its result is not there"
                self.report_job_error(info, msg=f"{why}. ", aux_logs=[str(info.aux.get("slurm_logfile"))])

    plugin.get_min_job_age = min_job_age
    plugin.query_job_status_squeue = lambda name: shlex.join(
        ["squeue", "--states=all", "--noheader", "--name", name, "--format=%i|%T|%r"]
    )
    plugin.query_job_status = query
    plugin.Executor.check_active_jobs = check_active_jobs


async def _ask_states(command: str) -> dict[str, tuple[str, str]] | None:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command), stdout=pipe, stderr=pipe, env=slurm.environment()
        )
    except OSError:
        return None
    try:
        output, _ = await asyncio.wait_for(process.communicate(), STATUS_TIMEOUT)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    if process.returncode:
        return None
    rows = [line.split("|") for line in output.decode(errors="replace").splitlines() if "|" in line]
    # `CANCELLED by 1000`
    return {row[0].strip(): ((row[1].split() or [""])[0], row[2] if len(row) > 2 else "") for row in rows}


@dataclass
class ExecutorHead:
    """The Slurm executor of a head, as `Submissions` sees it."""

    executor: Any

    @property
    def run_name(self) -> str:
        """The name of all the jobs that it submits."""
        return str(self.executor.run_uuid)

    def submit(self, job: Any) -> None:
        """Call sbatch."""
        self.executor._job_submission_executor.submit(self.executor.run_job, job)

    def adopt(self, job: Any, number: str) -> None:
        """Take a job of this head that Slurm has already for one that was submitted."""
        from snakemake_executor_plugin_slurm import SubmittedJobInfo, get_job_wildcards

        log = self.executor.slurm_logdir / f"rule_{job.name}" / get_job_wildcards(job) / f"{number}.log"
        info = SubmittedJobInfo(job, external_jobid=number, aux={"slurm_logfile": log})
        self.executor._report_job_submission_threadsafe(info)

    def succeed(self, job: Any) -> None:
        """Take the result that somebody else made."""
        from snakemake_executor_plugin_slurm import SubmittedJobInfo

        self.executor.report_job_success(SubmittedJobInfo(job))

    def fail(self, job: Any, why: str) -> None:
        """Give the job up; a head that has shut down has no more to say."""
        from snakemake_executor_plugin_slurm import SubmittedJobInfo

        if self.executor.wait:
            self.executor.report_job_error(SubmittedJobInfo(job), msg=f"{why}. ")

    def say(self, what: str) -> None:
        """Tell the user."""
        self.executor.logger.warning(what)

    def is_ending(self) -> bool:
        """Whether no more jobs are to be submitted."""
        return not self.executor.wait or self.executor.workflow.scheduler._user_kill is not None

    def allow_failed_nodes(self) -> bool:
        """Forget the nodes on which jobs failed; whether there were any."""
        failed = bool(self.executor._failed_nodes)
        self.executor._failed_nodes.clear()
        return failed
