"""Jobs on their way to Slurm: each is submitted once, after an answer, and none that somebody is at work on."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from bare_manifest import bare_manifest

from alambic.jobs import slurm, submission
from alambic.jobs.folder_lock import locked_folder
from alambic.jobs.submission import Submissions, is_for_now, reason_of

FINGERPRINT = "ab" * 8


class FakeHead:
    """A head that notes what is done with its jobs."""

    run_name = "alambic_1"

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.said: list[str] = []
        self.ending = False
        self.failed_nodes = False

    def submit(self, job) -> None:
        self.done.append(("submit",))

    def adopt(self, job, number: str) -> None:
        self.done.append(("adopt", number))

    def succeed(self, job) -> None:
        self.done.append(("succeed",))

    def fail(self, job, why: str) -> None:
        self.done.append(("fail", why))

    def say(self, what: str) -> None:
        self.said.append(what)

    def is_ending(self) -> bool:
        return self.ending

    def allow_failed_nodes(self) -> bool:
        had, self.failed_nodes = self.failed_nodes, False
        return had


@pytest.fixture
def queue(tmp_path: Path, monkeypatch) -> list[slurm.Job | Exception]:
    """Give the queue that Slurm shows, in which an exception stands for its silence; all happens quickly."""
    monkeypatch.chdir(tmp_path)
    shown: list[slurm.Job | Exception] = []

    def jobs_of(folder: Path) -> list[slurm.Job]:
        for one in shown:
            if isinstance(one, Exception):
                raise one
        return [one for one in shown if isinstance(one, slurm.Job)]

    monkeypatch.setattr(slurm, "jobs_of", jobs_of)
    for name, seconds in (("POLL", 0.02), ("ASK", 0.06), ("FIRST_PAUSE", 0.05), ("SETTLING", 0.01)):
        monkeypatch.setattr(submission, name, seconds)
    return shown


def job(**resources) -> SimpleNamespace:
    folder = Path("artifacts/clean/medical") / FINGERPRINT
    folder.mkdir(parents=True, exist_ok=True)
    return SimpleNamespace(output=[str(folder / "manifest.json")], resources=resources)


def queued(number: str = "7", name: str = "alambic_0") -> slurm.Job:
    return slurm.Job(number, "PENDING", name, f"rule_clean_wildcards_medical_{FINGERPRINT}", Path.cwd())


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_job_that_nobody_is_at_work_on_is_submitted(queue):
    head = FakeHead()
    Submissions().take(head, job())
    wait_until(lambda: head.done == [("submit",)])


def test_what_is_finished_already_is_not(queue):
    head, ready = FakeHead(), job()
    Path(ready.output[0]).write_text(bare_manifest("medical", FINGERPRINT))
    Submissions().take(head, ready)
    wait_until(lambda: head.done == [("succeed",)])


def test_an_inherited_job_is_waited_for_and_submitted_afresh_when_it_has_gone(queue):
    head = FakeHead()
    queue.append(queued())
    Submissions().take(head, job())
    wait_until(lambda: bool(head.said))
    time.sleep(0.3)
    assert not head.done and "under way (Slurm job 7)" in head.said[0] and len(head.said) == 1
    queue.clear()
    wait_until(lambda: head.done == [("submit",)])


def test_the_result_of_an_inherited_job_is_taken(queue):
    head, ready = FakeHead(), job()
    queue.append(queued())
    Submissions().take(head, ready)
    wait_until(lambda: bool(head.said))
    Path(ready.output[0]).write_text(bare_manifest("medical", FINGERPRINT))
    wait_until(lambda: head.done == [("succeed",)])


def test_a_live_owner_of_the_folder_is_waited_for(queue):
    head, ready = FakeHead(), job()
    folder = Path(ready.output[0]).parent
    with locked_folder(folder, finished=lambda: False, lost=lambda: None):
        Submissions().take(head, ready)
        wait_until(lambda: bool(head.said))
        assert not head.done and "under way (process" in head.said[0]
    wait_until(lambda: head.done == [("submit",)])


def test_nothing_is_submitted_while_slurm_is_silent(queue):
    """Without a source of its configuration too: a site that gets it from the controller says so while that is down."""
    head = FakeHead()
    for silence in (slurm.NoAnswer("Unable to contact slurm controller"), slurm.NotInstalled("configuration source")):
        queue[:] = [silence]
        Submissions().take(head, job())
        wait_until(lambda: bool(head.said))
        time.sleep(0.2)
        assert not head.done and "Slurm does not say which jobs are under way" in head.said[0]
        queue[:] = [queued()]
        time.sleep(0.3)
        assert not head.done, "one that was pending all the time is not submitted again"
        queue.clear()
        wait_until(lambda: head.done == [("submit",)])
        head.done.clear(), head.said.clear()


REFUSED = "SLURM sbatch failed. The error message was '{}'.\n    sbatch call:\n        sbatch --job-name timed out\n"
LIMIT = (
    "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS"
    " policy (job submit limit, user's size and/or time limits)"
)


def test_a_refused_job_is_submitted_again_and_loses_no_attempt(queue):
    head, submissions, ready = FakeHead(), Submissions(), job()
    submissions.take(head, ready)
    for times in range(1, 4):
        wait_until(lambda times=times: len(head.done) == times)
        assert submissions.takes_refusal(ready, REFUSED.format(LIMIT)), "it goes on waiting"
    wait_until(lambda: len(head.done) == 4)
    submissions.note_submission(ready, "8")
    assert set(head.done) == {("submit",)} and len(head.said) == 1, "said once"
    assert "AssocMaxSubmitJobLimit" in head.said[0] and "submission_hours" in head.said[0]
    assert not submissions.is_hopeless(ready.output)


def test_a_place_that_falls_vacant_is_for_the_first_that_was_refused(queue, monkeypatch):
    monkeypatch.setattr(submission, "FIRST_PAUSE", 600.0)
    submissions, heads, jobs = Submissions(), [FakeHead(), FakeHead()], [job(), job()]
    jobs[1].output = [jobs[1].output[0].replace("medical", "other")]
    for head, ready in zip(heads, jobs, strict=True):
        submissions.take(head, ready)
        wait_until(lambda head=head: len(head.done) == 1)
        submissions.takes_refusal(ready, REFUSED.format(LIMIT))
    submissions.note_end()
    wait_until(lambda: len(heads[0].done) == 2)
    time.sleep(0.1)
    assert len(heads[1].done) == 1


def test_the_site_sets_how_long(queue):
    head, submissions, ready = FakeHead(), Submissions(), job(submission_hours=0)
    submissions.take(head, ready)
    wait_until(lambda: bool(head.done))
    assert submissions.takes_refusal(ready, REFUSED.format(LIMIT))
    wait_until(lambda: len(head.done) == 2)
    assert not submissions.takes_refusal(ready, REFUSED.format(LIMIT))
    assert submissions.is_hopeless(ready.output), "and no retry of the job's follows"


def test_a_request_that_reached_slurm_without_an_answer_is_not_made_again(queue):
    head, submissions, ready = FakeHead(), Submissions(), job()
    submissions.take(head, ready)
    wait_until(lambda: bool(head.done))
    queue.append(queued("9", head.run_name))
    assert submissions.takes_refusal(ready, REFUSED.format("Socket timed out on send/recv operation"))
    wait_until(lambda: len(head.done) == 2)
    assert head.done == [("submit",), ("adopt", "9")]


def test_a_failed_job_of_this_head_that_is_still_shown_is_not_taken_for_the_next(queue):
    head, submissions, ready = FakeHead(), Submissions(), job()
    submissions.note_submission(ready, "9")
    queue.append(queued("9", head.run_name))
    submissions.take(head, ready)
    time.sleep(0.3)
    assert not head.done and not head.said
    queue.clear()
    wait_until(lambda: head.done == [("submit",)])


def test_a_refusal_for_good_has_no_retries(queue):
    head, submissions, ready = FakeHead(), Submissions(), job()
    submissions.take(head, ready)
    wait_until(lambda: bool(head.done))
    assert not submissions.takes_refusal(ready, REFUSED.format("sbatch: error: invalid partition specified: gpu_p7"))
    assert submissions.is_hopeless(ready.output) and not submissions.is_hopeless(["other"])
    assert not submissions.is_hopeless([])


def test_nodes_that_failed_are_allowed_again_before_a_job_is_lost(queue):
    head, submissions, ready = FakeHead(), Submissions(), job()
    head.failed_nodes = True
    submissions.take(head, ready)
    wait_until(lambda: bool(head.done))
    refusal = REFUSED.format("sbatch: error: Requested node configuration is not available")
    assert submissions.takes_refusal(ready, refusal)
    wait_until(lambda: len(head.done) == 2)
    assert not submissions.takes_refusal(ready, refusal)


def test_a_head_that_is_ending_submits_nothing(queue):
    head = FakeHead()
    queue.append(queued())
    Submissions().take(head, job())
    wait_until(lambda: bool(head.said))
    queue.clear()
    head.ending = True
    wait_until(lambda: head.done == [("fail", "not submitted: this command is ending")])


def test_an_error_within_does_not_leave_the_head_waiting(queue):
    head = FakeHead()
    queue.append(RuntimeError("odd"))
    Submissions().take(head, job())
    wait_until(lambda: head.done == [("fail", "not submitted: RuntimeError: odd")])


def test_many_jobs_share_a_question(queue, monkeypatch):
    asked: list[float] = []
    monkeypatch.setattr(slurm, "jobs_of", lambda folder: asked.append(time.sleep(0.2) or 0) or [])
    head, submissions = FakeHead(), Submissions()
    monkeypatch.setattr(submission, "ASK", 30.0)
    jobs = [job() for _ in range(20)]
    for number, each in enumerate(jobs):
        each.output = [each.output[0].replace("medical", f"m{number}")]
        submissions.take(head, each)
    wait_until(lambda: len(head.done) == 20)
    assert len(asked) <= 3 and threading.active_count() < 30


@pytest.mark.parametrize(
    ("reason", "for_now"),
    [
        ("error: AssocMaxSubmitJobLimit; error: Batch job submission failed: Job violates accounting/QOS policy", True),
        ("error: QOSMaxSubmitJobPerUserLimit; error: Job violates accounting/QOS policy (job submit limit, ...)", True),
        ("error: QOSGrpSubmitJobsLimit", True),
        ("error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, ...)", True),
        (
            "error: QOSMaxWallDurationPerJobLimit; error: Job violates accounting/QOS policy (job submit limit, ...)",
            False,
        ),
        ("error: AssocMaxCpuPerJobLimit; error: Job violates accounting/QOS policy", False),
        ("error: Batch job submission failed: Unable to contact slurm controller (connect failure)", True),
        ("error: Batch job submission failed: Socket timed out on send/recv operation", True),
        ("error: Slurm temporarily unable to accept job, sleeping and retrying", True),
        ("error: Batch job submission failed: Resource temporarily unavailable", True),
        ("error: Batch job submission failed: Slurm backup controller in standby mode", True),
        ("error: Could not establish a configuration source", True),
        ("error: Batch job submission failed: Required partition not available (inactive or drain)", True),
        ("error: Batch job submission failed: Protocol authentication error", True),
        ("error: Batch job submission failed: Invalid account or account/partition combination specified", False),
        ("error: Batch job submission failed: Requested node configuration is not available", False),
        ("error: Please name an account: --account=...; error: Batch job submission failed: Unspecified error", False),
        ("error: invalid partition specified: timeout", False),
        ("/bin/sh: 1: sbatch: not found", False),
    ],
)
def test_what_slurm_may_take_later(reason, for_now):
    assert is_for_now(reason) is for_now


def test_the_reason_is_slurm_s_own_words():
    """The command beside it may hold the words of any reason."""
    assert reason_of(REFUSED.format("sbatch: error: no\nsbatch: error: never")) == "error: no; error: never"
    assert reason_of("Job submission failed with exception: odd") == "Job submission failed with exception: odd"
