"""Private interfaces of Snakemake, each with the version that it was checked with; tests hold them."""

from collections.abc import Callable, Sequence


def retry_only_where(is_retryable: Callable[[Sequence[str]], bool]) -> None:
    """Have Snakemake of this process give a failed job its rule's retries only where `is_retryable(job.output)`.

    It knows no exit status that forbids them: refused in the job only, each retry would wait in the queue first.
    Checked with snakemake 9.27.1.
    """
    from snakemake.jobs import Job

    Job.restart_times = property(lambda job: job.rule.restart_times if is_retryable(job.output) else 0)
