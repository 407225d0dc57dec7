"""How an ending is judged, and what the journal of attempts says of it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from alambic.data.artifact import complete, list_files
from alambic.data.manifest import Manifest
from alambic.jobs import slurm, supervisor
from alambic.jobs.attempts import FILE, Attempt, Attempts, read_attempts
from alambic.jobs.exit_diagnosis import count_oom_kills, diagnose_exit, reclassify_exit
from alambic.jobs.saved_progress import SavedProgress, read_saved_progress
from alambic.jobs.slurm import parse_duration
from alambic.runtime import deadline
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import ExitReason, ExitReport, take_report

SAID = ExitReport(ExitReason.HANG, "no step")


@pytest.mark.parametrize(
    ("status", "said", "made", "told", "near", "memory", "expected"),
    [
        (0, None, True, False, False, False, ExitReason.DONE),
        (0, None, True, True, True, False, ExitReason.DONE),
        (1, None, True, False, False, False, ExitReason.DONE),  # another rank failed, once the first had finished
        (-signal.SIGTERM, ExitReport(ExitReason.LOST_RANK, "peers"), True, True, True, False, ExitReason.DONE),
        (0, None, False, False, False, False, ExitReason.LOST_RANK),
        (0, None, False, True, True, False, ExitReason.WALL_LIMIT),  # as srun does at times, of ranks that Slurm ended
        (0, None, False, False, True, False, ExitReason.WALL_LIMIT),
        (0, None, False, True, False, False, ExitReason.ASKED_TO_STOP),
        (1, ExitReport(ExitReason.ERROR, "x"), False, False, False, False, ExitReason.ERROR),
        (1, ExitReport(ExitReason.ERROR, "x"), False, True, True, False, ExitReason.ERROR),
        (1, None, False, False, False, False, ExitReason.ERROR),
        (1, None, False, True, True, False, ExitReason.WALL_LIMIT),  # ranks ended before they listened
        (1, ExitReport(ExitReason.LOST_RANK, "peers"), False, True, True, False, ExitReason.WALL_LIMIT),
        (1, ExitReport(ExitReason.LOST_RANK, "peers"), False, False, False, False, ExitReason.LOST_RANK),
        (76, SAID, False, False, False, False, ExitReason.HANG),
        (137, None, False, False, False, False, ExitReason.LOST_RANK),
        (-signal.SIGKILL, None, False, False, False, False, ExitReason.LOST_RANK),
        (-signal.SIGKILL, None, False, False, False, True, ExitReason.OUT_OF_MEMORY),
        (-signal.SIGTERM, None, False, False, False, False, ExitReason.ASKED_TO_STOP),
        (-signal.SIGTERM, None, False, False, True, False, ExitReason.WALL_LIMIT),
        (75, ExitReport(ExitReason.ASKED_TO_STOP, "saved"), False, False, True, False, ExitReason.WALL_LIMIT),
        (75, ExitReport(ExitReason.ASKED_TO_STOP, "saved"), False, False, False, False, ExitReason.ASKED_TO_STOP),
    ],
)
def test_an_ending_is_named(status, said, made, told, near, memory, expected):
    why, _ = diagnose_exit(status, said, finished=made, was_signalled=told, near_wall_limit=near, out_of_memory=memory)
    assert why is expected


def test_an_exit_status_of_0_without_a_result_keeps_the_checkpoints(tmp_path):
    (tmp_path / ".checkpoints" / "step5").mkdir(parents=True)
    assert supervisor.supervise(["true"], tmp_path / "manifest.json") == 1
    assert [attempt.why for attempt in read_attempts(tmp_path)] == ["lost rank"] * supervisor.MOST_FRUITLESS
    assert (tmp_path / ".checkpoints" / "step5").exists()


@pytest.mark.parametrize(
    ("why", "trains", "advanced", "expected"),
    [
        (ExitReason.WALL_LIMIT, True, True, ExitReason.WALL_LIMIT),
        (ExitReason.WALL_LIMIT, True, False, ExitReason.ERROR),
        (ExitReason.OUT_OF_MEMORY, True, False, ExitReason.OUT_OF_MEMORY),
        (ExitReason.OUT_OF_MEMORY, False, True, ExitReason.ERROR),
        (ExitReason.HANG, False, False, ExitReason.HANG),
    ],
)
def test_what_would_come_again_is_an_error(why, trains, advanced, expected):
    assert reclassify_exit(why, "", trains=trains, advanced=advanced, has_progress=advanced)[0] is expected


@pytest.mark.parametrize(("left", "said"), [(True, "what was saved stays"), (False, "it begins anew")])
def test_a_stage_that_is_stopped_says_what_remains(left, said):
    assert said in reclassify_exit(ExitReason.ASKED_TO_STOP, "", trains=False, advanced=False, has_progress=left)[1]
    detail = reclassify_exit(
        ExitReason.ASKED_TO_STOP, "saved at step 3", trains=True, advanced=False, has_progress=left
    )[1]
    assert detail == "saved at step 3"


@pytest.mark.parametrize(
    ("path", "network", "counts"),
    [
        ("artifact/.checkpoints/step7/state.json", False, True),
        ("artifact/signal-00000.parquet", False, True),
        ("artifact/train-00000.parquet", False, False),  # of `clean`, which begins anew
        ("artifact/scores.json", False, False),
        ("artifact/log.txt", False, False),
        ("downloads/model.safetensors.part", True, True),
        ("downloads/model.safetensors.part", False, False),  # another job's
        ("artifact/.fetched/model.safetensors", True, True),
    ],
)
def test_what_counts_is_what_the_next_attempt_goes_on_from(tmp_path, monkeypatch, path, network, counts):
    monkeypatch.setattr("alambic.data.downloads.DOWNLOADS", tmp_path / "downloads")
    (tmp_path / "artifact").mkdir()
    before = read_saved_progress(tmp_path / "artifact", network=network)
    assert before == SavedProgress()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("something")
    assert read_saved_progress(tmp_path / "artifact", network=network).exceeds(before) is counts


STOPPED_WITHIN = (
    "n=$(ls | grep -c signal); touch signal-$n.parquet train-$n.parquet; [ $n -lt 2 ] || exit 0; kill -TERM $$"
)


@pytest.mark.parametrize(
    ("script", "whys", "requeue"),
    [
        (STOPPED_WITHIN, ["wall limit"], True),
        (STOPPED_WITHIN.replace("signal-", "other-"), ["error"], False),
        ("kill -TERM $PPID; sleep 60", ["error"], False),
    ],
    ids=["a shard more", "nothing that counts", "told by Slurm, nothing saved"],
)
def test_at_the_wall_limit_the_same_job_goes_on_if_that_helps(tmp_path, monkeypatch, script, whys, requeue):
    asked: list[str] = []
    answers = {
        "current_job": lambda: "7",
        "seconds_left": lambda job: 5.0,
        "nodes_of": lambda job: "n1",
        "requeue": asked.append,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(slurm, name, answer)
    monkeypatch.setattr(supervisor, "REQUEUE_TIMEOUT", 0)
    monkeypatch.chdir(tmp_path)
    status = supervisor.supervise(["sh", "-c", script], tmp_path / "manifest.json")
    assert [attempt.why for attempt in read_attempts(tmp_path)] == whys
    assert (asked, status) == ((["7"], 74) if requeue else ([], 1))


@pytest.mark.parametrize(("saves", "status", "asked"), [("signal-0.parquet", 74, ["7"]), ("other", 1, [])])
def test_what_does_not_look_at_the_clock_is_ended_while_the_job_can_go_back(
    tmp_path, monkeypatch, saves, status, asked
):
    """Also under srun, which gives other statuses of the ranks that it ends."""
    requeue: list[str] = []
    answers = {
        "current_job": lambda: "7",
        "seconds_left": lambda job: deadline.RESERVE + 1.0,
        "nodes_of": lambda job: "n1",
        "requeue": requeue.append,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(slurm, name, answer)
    monkeypatch.setattr(supervisor, "REQUEUE_TIMEOUT", 0)
    script = f"trap 'exit 1' TERM; touch {tmp_path}/{saves}; sleep 100000 & wait"
    assert supervisor.supervise(["bash", "-c", script], tmp_path / "manifest.json", trains=False) == status
    assert requeue == asked
    (attempt,) = read_attempts(tmp_path)
    assert attempt.why == ("wall limit" if asked else "error")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_a_signal_before_the_processes_start_is_not_lost(tmp_path, monkeypatch, number):
    monkeypatch.setattr(slurm, "current_job", lambda: "7")
    monkeypatch.setattr(slurm, "seconds_left", lambda job: None)
    monkeypatch.setattr(slurm, "nodes_of", lambda job: os.kill(os.getpid(), number))  # Slurm may answer late
    script = "sleep 60" if number == signal.SIGTERM else f"touch {tmp_path}/manifest.json"
    status = supervisor.supervise(["sh", "-c", script], tmp_path / "manifest.json")
    (attempt,) = read_attempts(tmp_path)
    assert (status, attempt.why) == ((75, "asked to stop") if number == signal.SIGTERM else (0, "done"))


def test_no_process_of_a_job_can_be_asked_anything(tmp_path):
    """A library that asks whether to run foreign code reads an empty input, and not the user's terminal."""
    script = f"if read answer; then exit 1; else touch {tmp_path}/manifest.json; fi"
    reading, writing = os.pipe()
    os.write(writing, b"y\n")
    before = os.dup(0)
    try:
        os.dup2(reading, 0)
        assert supervisor.supervise(["sh", "-c", script], tmp_path / "manifest.json") == 0
    finally:
        os.dup2(before, 0)


def test_damaged_inputs_are_found_before_any_process_starts(tmp_path):
    corpus = tmp_path / "artifacts" / "clean" / "medical" / ("ab" * 8)
    corpus.mkdir(parents=True)
    (corpus / "train.parquet").write_bytes(b"text")
    complete(corpus, Manifest("clean", "medical", "ab" * 32, {}, {}, {}, {}, {}, list_files(corpus)))
    (corpus / "train.parquet").write_bytes(b"next")
    output = tmp_path / "out" / "manifest.json"
    script = ["sh", "-c", f"touch {tmp_path}/started"]
    assert supervisor.supervise(script, output, inputs=[f"corpus={corpus}/manifest.json"]) == 1
    (attempt,) = read_attempts(output.parent)
    assert attempt.why == "error" and "train.parquet is damaged" in attempt.detail
    assert not (tmp_path / "started").exists() and not corpus.exists()
    (aside,) = corpus.parent.iterdir()
    assert aside.name == f".damaged-{'ab' * 8}-1" and (aside / "train.parquet").read_bytes() == b"next"


def test_ranks_check_no_content_again(tmp_path):
    script = f'[ "$ALAMBIC_VERIFY" = sizes ] && touch {tmp_path}/manifest.json'
    assert supervisor.supervise(["sh", "-c", script], tmp_path / "manifest.json") == 0


def test_the_journal_of_attempts_holds_no_credential(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_thisisthesecretofsomebody")
    attempts = Attempts(tmp_path)
    detail = "https://me:word@site/x?token=abc gave 401 for hf_thisisthesecretofsomebody"
    attempts.end(attempts.begin(), ExitReason.ERROR, detail)
    text = (tmp_path / FILE).read_text()
    assert "https://site/x?token=*** gave 401" in text
    assert not any(secret in text for secret in ("me:word", "abc", "thisisthesecret"))


@pytest.mark.parametrize(
    ("own", "counted"),
    [
        ("/system.slice/slurmstepd.scope/job_7/step_batch/user/task_0", "/system.slice/slurmstepd.scope/job_7"),
        ("/user.slice/session-1.scope", "/user.slice/session-1.scope"),
    ],
)
def test_kills_for_memory_are_those_of_the_whole_job(tmp_path, own, counted):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"1:name=systemd:/x\n0::{own}\n")
    assert count_oom_kills(tmp_path) == 0
    for place, kills in ((own, 1), (counted, 3)):
        (tmp_path / f"sys/fs/cgroup{place}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"sys/fs/cgroup{place}/memory.events").write_text(f"low 0\noom 5\noom_kill {kills}\n")
    assert count_oom_kills(tmp_path) == 3


def test_the_first_rank_to_speak_is_heard_once(tmp_path):
    SAID.write(tmp_path)
    ExitReport(ExitReason.LOST_RANK, "connection closed by peer").write(tmp_path)
    assert take_report(tmp_path) == SAID and take_report(tmp_path) is None and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("59:58", 3598), ("1:00:00", 3600), ("2-00:00:01", 172801), ("UNLIMITED", None), ("INVALID", None), ("", None)],
)
def test_slurm_s_durations(text, seconds):
    assert parse_duration(text) == seconds


def test_an_attempt_that_left_no_word_gets_its_end_from_the_next(tmp_path):
    Attempts(tmp_path).begin()
    with (tmp_path / FILE).open("a") as stream:
        stream.write('{"number": 2, "star')  # a line cut by a kill
    (tmp_path / "metrics.jsonl").write_text(json.dumps({"step": 7, "loss": 1.0}) + "\n")
    attempts = Attempts(tmp_path)
    first = read_attempts(tmp_path)[0]
    assert (first.why, first.to_step) == ("lost rank", 7) and "without a word" in first.detail
    second = attempts.end(attempts.begin(), ExitReason.DONE, "")
    assert isinstance(second, Attempt) and [one.number for one in read_attempts(tmp_path)] == [1, 2]


@pytest.mark.parametrize(
    ("variable", "needed", "near"), [("", 1e9, False), ("31", 0.0, False), ("31", 5.0, True), ("1", 0.0, True)]
)
def test_the_wall_time_keeps_a_reserve(monkeypatch, variable, needed, near):
    monkeypatch.setenv("ALAMBIC_SECONDS_LEFT", variable)
    monkeypatch.setattr(deadline, "seconds_since_start", lambda: 0.0)
    assert Deadline.from_environment().is_near(needed) is near


def test_the_time_that_a_process_took_to_start_is_gone(monkeypatch):
    code = "import time; time.sleep(1); from alambic.runtime.deadline import Deadline; d = Deadline.from_environment();"
    code += "print(d.is_near(3.0), d.is_near(0.0), time.monotonic() - d.started_at)"
    environment = {**os.environ, "ALAMBIC_SECONDS_LEFT": "33.9"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    near, far, age = done.stdout.split()
    assert near == "True" and float(age) >= 1.0 and (far == "True") == (float(age) > 3.9)
