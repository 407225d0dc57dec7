"""Tracking into a real MLflow: one tree, one run per artifact, whatever happens to the tracker."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import mlflow
import pytest
from made_artifacts import demo, fill, finish, make_all, write_journal

from alambic.commands.tracking import Tracker, content, forget_failed_stamps, track
from alambic.commands.tracking.content import flatten
from alambic.commands.tracking.follower import start_follower, stop_follower
from alambic.commands.tracking.ui import places
from alambic.commands.tracking.views import RESULTS, TRAINING, address
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Experiment, read_experiment

ROOT = Path(__file__).parents[3]


@pytest.fixture
def small(tmp_path, monkeypatch) -> Experiment:
    """An experiment of a few artifacts, none of them made yet, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    content = demo().model_dump(mode="json", exclude_unset=True)
    kept = {key: content[key] for key in ("collect", "clean", "fetch", "tokenizer", "teach", "distill")}
    return read_experiment({"name": "small", "description": "A few artifacts.", **kept})


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    """A store as MLflow makes it, empty: making one takes seconds."""
    folder = tmp_path_factory.mktemp("store")
    mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}").search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def store(small, database) -> Any:
    """A client of the default store of the current folder."""
    Path("mlflow").mkdir()
    shutil.copy(database, "mlflow/mlflow.db")
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{Path('mlflow/mlflow.db').resolve()}")


@pytest.fixture(scope="module")
def demo_store(database, tmp_path_factory) -> tuple[Any, Plan, Path]:
    """A client of a store with the whole demo, its plan, and the folder of both; to be read only."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "mlflow").mkdir()
    shutil.copy(database, folder / "mlflow" / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}"
    with contextlib.chdir(folder):
        plan = make_all(demo())
        track(demo(), uri=uri)
    return mlflow.MlflowClient(tracking_uri=uri), plan, folder


def tree(client: Any, name: str) -> list[Any]:
    return list(client.search_runs([client.get_experiment_by_name(name).experiment_id]))


def state(client: Any, name: str) -> dict[str, Any]:
    """All that MLflow holds of an experiment, to be compared."""
    found = {}
    for run in tree(client, name):
        identifier = run.info.run_id
        histories = {key: client.get_metric_history(identifier, key) for key in run.data.metrics}
        found[identifier] = (
            (run.info.status, run.info.start_time, run.info.end_time, run.data.params, run.data.tags),
            {key: sorted((m.step, m.value, m.timestamp) for m in history) for key, history in histories.items()},
            sorted((file.path, file.file_size) for file in client.list_artifacts(identifier)),
        )
    return found


def run_of(client: Any, plan: Plan, name: str) -> Any:
    runs = [run for run in tree(client, plan.experiment.name) if run.info.run_name == name]
    assert len(runs) == 1, f"{len(runs)} runs for {name}"
    return runs[0]


def steps(client: Any, run: Any, key: str = "loss") -> dict[int, float]:
    history = client.get_metric_history(run.info.run_id, key)
    assert len({metric.step for metric in history}) == len(history), "a step was logged twice"
    return {metric.step: metric.value for metric in history}


def test_an_experiment_is_one_tree_with_all_its_artifacts(small, store):
    plan = make_all(small)
    track(small, output=Path("results/small/.tracked"))
    assert Path("results/small/.tracked").exists()
    runs = tree(store, "small")
    root = next(run for run in runs if run.data.tags["stage"] == "experiment")
    children = [run for run in runs if run is not root]
    assert sorted(run.info.run_name for run in children) == sorted(plan)
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {root.info.run_id}
    assert {run.info.status for run in runs} == {"FINISHED"}
    made = plan["distill/student"]
    run = run_of(store, plan, made.name)
    record = json.loads(made.manifest.read_text())
    tags = {
        "fingerprint": made.fingerprint,
        "stage": "distill",
        "item": "student",
        "status": "finished",
        "site": "local",
    }
    tags |= {name: record["run"][name] for name in ("commit", "site", "host")}
    assert tags.items() <= run.data.tags.items()
    assert run.data.params["layers"] == "[1, 4, 8, 11]" and run.data.params["learning_rate"] == "0.0005"
    assert len(steps(store, run)) == 120
    assert run.data.metrics["facts.parameters"] == 13590000 and run.data.metrics["peak_memory_mb"] > 0
    assert run.info.end_time - run.info.start_time == record["run"]["seconds"] * 1000
    assert {"manifest.json", "log.txt"} <= {file.path for file in store.list_artifacts(run.info.run_id)}
    report = run_of(store, plan, "report/small")
    assert "report.html" in {file.path for file in store.list_artifacts(report.info.run_id)}
    assert Path(report.info.artifact_uri.removeprefix("file://")).is_relative_to(Path("mlflow/artifacts").resolve())


def test_scores_become_metrics_by_seed_and_together(demo_store):
    store, plan, _ = demo_store
    metrics = run_of(store, plan, "evaluate/student/icd_chapter").data.metrics
    names = {"score.long.test.accuracy" + end for end in ("", ".low", ".high", ".seed1", ".seed2", ".seed3")}
    assert names <= metrics.keys()
    assert metrics["score.long.test.accuracy.low"] < metrics["score.long.test.accuracy"]


def test_the_experiment_s_own_run_carries_its_results(demo_store):
    store, plan, folder = demo_store
    root = next(run for run in tree(store, "demo") if run.data.tags["stage"] == "experiment")
    exact = run_of(store, plan, "evaluate/student/icd_chapter").data.metrics["score.long.test.accuracy"]
    assert root.data.metrics["icd_chapter.long.accuracy/student"] == round(exact, 4)
    assert {"icd_chapter.short.accuracy/dictionary", "entities.silver.entity_f1/e5"} <= root.data.metrics.keys()
    assert root.data.metrics["parameters/student"] == 13590000
    seconds = sum(json.loads((folder / made.manifest).read_text())["run"]["seconds"] for made in plan.values())
    assert root.data.metrics["hours"] == pytest.approx(seconds / 3600)
    assert root.data.params["students"] == "student, control, student_taught" and root.data.params["teachers"] == "e5"
    assert {"report.html", "scores.csv", "summary.txt"} <= {f.path for f in store.list_artifacts(root.info.run_id)}
    assert "student_taught" in root.data.tags["mlflow.note.content"]


def test_runs_say_what_they_are_about_and_students_are_models_with_datasets(demo_store):
    store, plan, _ = demo_store
    tags = run_of(store, plan, "finetune/student/icd_chapter/seed2").data.tags
    assert {"task": "icd_chapter", "model": "student", "stage": "finetune", "seed": "2"}.items() <= tags.items()
    scored = run_of(store, plan, "evaluate/student/entities")
    assert scored.data.tags["reference"] == "silver" and scored.data.tags["scored"] == "silver, entity_f1"
    assert "reference" not in run_of(store, plan, "distill/student").data.tags
    models = {model.name: model for model in store.search_logged_models([scored.info.experiment_id])}
    assert {name: model.model_type for name, model in models.items()} == {
        **dict.fromkeys(("student", "student_taught"), "student"),
        "control": "control",
        "e5": "teacher",
    }
    student = models["student"]
    made = run_of(store, plan, "distill/student")
    assert student.source_run_id == made.info.run_id and student.params["layers"] == "[1, 4, 8, 11]"
    assert student.status == "READY" and [one.model_id for one in made.outputs.model_outputs] == [student.model_id]
    read = store.get_run(scored.info.run_id).inputs.model_inputs
    assert [one.model_id for one in read] == [student.model_id]
    assert {each.key for each in student.metrics if not each.key.startswith("score.")} == {"parameters"}
    scores = {(each.dataset_name, each.key): each.value for each in student.metrics}
    assert scores["icd_chapter.long", "score.long.test.accuracy"] == pytest.approx(
        run_of(store, plan, "evaluate/student/icd_chapter").data.metrics["score.long.test.accuracy"]
    )
    assert {each.dataset.name for each in made.inputs.dataset_inputs} == {"medical"}
    teacher = run_of(store, plan, "evaluate/e5/entities").inputs.dataset_inputs
    assert [each.dataset for each in teacher] == [each.dataset for each in scored.inputs.dataset_inputs]
    student_taught = models["student_taught"].source_run_id
    assert student_taught == run_of(store, plan, "finetune/student_taught/icd_chapter/seed1").info.run_id


def test_tracking_twice_changes_nothing(small, store):
    make_all(small)
    track(small)
    before = state(store, "small")
    track(small)
    assert state(store, "small") == before


def test_a_run_half_logged_by_a_killed_tracker_is_completed(small, store, monkeypatch):
    make_all(small)
    sent = Tracker._send_points

    def killed(self, run, points, *of):
        sent(self, run, dict(list(points.items())[:7]), *of)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Tracker, "_send_points", killed)
        track(small)
    first = state(store, "small")
    assert len(first) == 2 and sum(values[0][0] == "RUNNING" for values in first.values()) == 2
    track(small)
    completed = state(store, "small")
    assert first.keys() < completed.keys()
    shutil.rmtree("mlflow/artifacts")
    Path("mlflow/mlflow.db").unlink()
    track(small, uri="sqlite:///fresh/mlflow.db")
    fresh = mlflow.MlflowClient(tracking_uri="sqlite:///fresh/mlflow.db")

    def content(found):
        return sorted(
            (values[0][0], values[0][2], sorted(values[0][3].items()), sorted(values[1].items()), values[2])
            for values in found.values()
        )

    assert content(state(fresh, "small")) == content(completed)


def test_unfinished_artifacts_wait_and_no_stamp_is_written(small, store):
    plan = Plan(small)
    fill(plan["collect/icd10"])
    write_journal(plan["distill/student"].folder, steps=5)
    with pytest.raises(UserError, match="not finished"):
        track(small, output=Path("stamp"))
    assert not Path("stamp").exists()
    assert {run.data.tags.get("item") for run in tree(store, "small")} == {None, "icd10"}


def test_a_running_training_grows_and_ends_as_one_run(small, store):
    plan = Plan(small)
    made = plan["distill/student"]
    write_journal(made.folder, steps=10)
    with (made.folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 11, "lo')  # being written
    tracker = Tracker(small, f"sqlite:///{Path('mlflow/mlflow.db').resolve()}")
    tracker.track(running=True)
    run = run_of(store, plan, made.name)
    assert run.info.status == "RUNNING" and run.data.tags["status"] == "running"
    assert list(steps(store, run)) == list(range(1, 11))

    write_journal(made.folder, steps=30, done=8)  # killed, and resumed from a checkpoint at step 8: the same values
    tracker.track(running=True)
    assert run_of(store, plan, made.name).info.run_id == run.info.run_id
    assert list(steps(store, run)) == list(range(1, 31))

    finish(made, {"parameters": 7})
    Tracker(small, tracker.uri).track(running=True)  # another tracker takes over
    done = run_of(store, plan, made.name)
    assert (done.info.run_id, done.info.status) == (run.info.run_id, "FINISHED")
    assert list(steps(store, done)) == list(range(1, 31)) and done.data.metrics["facts.parameters"] == 7


def test_a_resumed_training_that_differs_replaces_what_it_took_again(small, store):
    plan = Plan(small)
    made = plan["distill/student"]
    write_journal(made.folder, steps=10)
    tracker = Tracker(small, f"sqlite:///{Path('mlflow/mlflow.db').resolve()}")
    tracker.track(running=True)
    with (made.folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 9, "time": 1.0, "loss": 42.0}\n')
    tracker.track(running=True)
    found = steps(store, run_of(store, plan, made.name))
    assert len(found) == 10 and found[9] == 42.0


def test_an_older_version_stays_but_is_marked(small, store):
    make_all(small)
    track(small)
    content = small.model_dump(mode="json", exclude_unset=True)
    content["distill"]["student"]["seed"] = 7
    changed = read_experiment(content)
    make_all(changed)
    track(changed)
    students = [run for run in tree(store, "small") if run.info.run_name == "distill/student"]
    assert {run.data.tags["fingerprint"]: run.data.tags["current"] for run in students} == {
        Plan(small)["distill/student"].fingerprint: "no",
        Plan(changed)["distill/student"].fingerprint: "yes",
    }
    roots = {run.data.tags["current"]: run for run in tree(store, "small") if run.data.tags["stage"] == "experiment"}
    assert {key: run.info.status for key, run in roots.items()} == {"no": "FINISHED", "yes": "FINISHED"}
    current = [run.data.tags for run in tree(store, "small") if run.data.tags["current"] == "yes"]
    below = {tags["mlflow.parentRunId"] for tags in current if "item" in tags}
    assert below == {roots["yes"].info.run_id}, "what both versions share is below the newer one"
    models = store.search_logged_models([roots["yes"].info.experiment_id])
    assert sorted(model.tags["current"] for model in models if model.name == "student") == ["no", "yes"]


def test_two_items_made_alike_are_two_runs(small, store):
    content = small.model_dump(mode="json", exclude_unset=True)
    content["collect"]["again"] = content["collect"]["icd10"]
    alike = read_experiment(content)
    plan = make_all(alike)
    assert plan["collect/again"].fingerprint == plan["collect/icd10"].fingerprint
    track(alike)
    assert len(tree(store, "small")) == len(plan) + 1


NAMES = ["été", "étè", "a//b", "a/b", "x/", "../x", "./x", "..", ".", "", "a b", "<b>", "n" * 300, "n" * 299 + "m"]


def test_names_that_mlflow_refuses_are_mended_and_stay_different(small, store):
    assert flatten({"a": {"ok-1.2 /:": [1]}}) == {"a.ok-1.2 /:": [1]}
    assert len(flatten({"a": {"b": 1}, "a.b": 2})) == 2
    for scalars in (dict.fromkeys(NAMES, 1.0), {"facts": dict.fromkeys(NAMES, 1.0)}):
        names = flatten(scalars)
        assert len(names) == len(NAMES) and max(map(len, names)) <= 250
        run = store.create_run("0")
        for name in names:
            store.log_metric(run.info.run_id, name, 1.0)
            store.log_param(run.info.run_id, name, "1")
        assert store.get_run(run.info.run_id).data.metrics.keys() == names.keys()


def test_long_settings_are_cut(small, store, monkeypatch):
    monkeypatch.setattr(content, "LONGEST_PARAMETER", 20)
    plan = make_all(small)
    track(small)
    value = run_of(store, plan, "report/small").data.params["items"]
    assert len(value) == 20 and value.endswith("...")


def test_a_missing_server_is_one_clear_error(small, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UserError, match="start its server"):
        track(small, uri="http://127.0.0.1:9")


HOLD = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def hold(seconds: float) -> subprocess.Popen:
    """Have another program hold the store for so long."""
    command = [sys.executable, "-c", HOLD, "mlflow/mlflow.db", str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline()
    return holder


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [20, 600])
def test_a_store_that_another_program_holds_is_waited_for(small, store, monkeypatch, seconds):
    make_all(small)
    holder = hold(seconds)
    monkeypatch.setenv("ALAMBIC_MLFLOW_WAIT", "120" if seconds == 20 else "1")
    try:
        if seconds == 20:
            track(small, output=Path("tracked"))
            assert Path("tracked").exists()
        else:
            with pytest.raises(UserError, match=r"another program holds the MLflow store .* no artifact is lost"):
                track(small)
            stamp = Path("results/small/.tracked-1")
            track(small, output=stamp)  # as the workflow does: it fails no run
            assert stamp.read_text().startswith("not tracked: another program holds")
            Path("results/small/.tracked-2").touch()
            forget_failed_stamps(Path("results/small"))
            assert [path.name for path in Path("results/small").iterdir()] == [".tracked-2"]
    finally:
        holder.kill()
        holder.wait()


def test_a_store_of_another_version_or_none_at_all_is_one_error(small, database):
    shutil.copy(database, "other.db")
    with contextlib.closing(sqlite3.connect("other.db")) as other, other:
        other.execute("update alembic_version set version_num = 'ffffffffffff'")
    with pytest.raises(UserError, match="another version of MLflow"):
        track(small, uri=f"sqlite:///{Path('other.db').resolve()}")
    Path("none.db").write_bytes(b"no database" * 1000)
    with pytest.raises(UserError, match="cannot be read or written"):
        track(small, uri=f"sqlite:///{Path('none.db').resolve()}")


@pytest.mark.parametrize(
    "uri", ["sqlite:////proc/none/mlflow.db", "nonsense://x", "postgresql://me:secret@127.0.0.1:9/x"]
)
def test_a_store_that_cannot_be_opened_is_one_error_without_its_password(small, uri):
    with pytest.raises(UserError) as refused:
        track(small, uri=uri)
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)


# A shell starts what it puts into the background with SIGINT ignored, and children inherit that.
CODE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
from alambic.settings import read_experiment
from alambic.commands.tracking import track
track(read_experiment({content!r}), follow={follow}, every=0.2)
"""


def start_tracker(experiment: Experiment, *, follow: bool = False) -> subprocess.Popen:
    content = experiment.model_dump(mode="json", exclude_unset=True)
    code = CODE.format(tests=str(ROOT / "tests"), content=content, follow=follow)
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_racing_trackers_on_a_fresh_folder_neither_crash_nor_double(small):
    plan = make_all(small)
    trackers = [start_tracker(small) for _ in range(3)]
    for tracker in trackers:
        _, errors = tracker.communicate(timeout=300)
        assert tracker.returncode == 0, errors
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{Path('mlflow/mlflow.db').resolve()}")
    assert len(tree(client, "small")) == len(plan) + 1
    assert len(steps(client, run_of(client, plan, "distill/control"))) == 120


@pytest.mark.slow
def test_following_shows_a_curve_grow_and_stops_when_asked(small, store):
    plan = Plan(small)
    made = plan["distill/student"]
    write_journal(made.folder, steps=5)
    tracker = start_tracker(small, follow=True)
    try:
        wait_for(lambda: store.get_experiment_by_name("small") and len(tree(store, "small")) == 2)
        write_journal(made.folder, steps=12, done=5)
        wait_for(lambda: len(steps(store, run_of(store, plan, made.name))) == 12)
    finally:
        tracker.send_signal(signal.SIGINT)
        _, errors = tracker.communicate(timeout=300)
    assert tracker.returncode == 0 and "Traceback" not in errors, errors


@pytest.mark.slow
def test_a_run_has_its_follower_which_waits_for_a_store_and_ends_with_it(small, store, monkeypatch):
    plan = Plan(small)
    made = plan["distill/student"]
    write_journal(made.folder, steps=5)
    Path("small.yaml").write_text(json.dumps(small.model_dump(mode="json", exclude_unset=True)))
    assert start_follower("small.yaml", Path("results/follow.log")) is None  # the tests' own setting: ALAMBIC_LIVE=no
    monkeypatch.delenv("ALAMBIC_LIVE")
    monkeypatch.setenv("ALAMBIC_MLFLOW_WAIT", "1")
    holder = hold(600)
    follower = start_follower("small.yaml", Path("results/follow.log"))
    assert follower is not None
    try:
        log = Path("results/follow.log")
        wait_for(lambda: "tried again in 5 s" in log.read_text() or follower.poll() is not None)
        holder.kill()
        wait_for(lambda: follower.poll() is not None or steps_of(store, plan, made.name) == 5)
        assert follower.poll() is None and "Traceback" not in log.read_text(), log.read_text()
    finally:
        holder.kill()
        stop_follower(follower)
    assert follower.poll() is not None


def steps_of(client: Any, plan: Plan, name: str) -> int:
    found = client.get_experiment_by_name(plan.experiment.name)
    runs = [run for run in tree(client, plan.experiment.name) if run.info.run_name == name] if found else []
    return len(steps(client, runs[0])) if runs else 0


@pytest.mark.slow
def test_following_ends_when_everything_is_finished(small, store):
    follower = threading.Thread(target=track, args=(small,), kwargs={"follow": True, "every": 0.2}, daemon=True)
    follower.start()
    plan = make_all(small)
    follower.join(timeout=120)
    assert not follower.is_alive()
    assert {run.info.status for run in tree(store, "small")} == {"FINISHED"}
    assert len(tree(store, "small")) == len(plan) + 1


def wait_for(condition, *, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.3)
    raise AssertionError("it did not come about in time")


@dataclass(frozen=True)
class Server:
    """MLflow's own server, and the folder whose default store it shows."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def server(database, tmp_path_factory):
    """MLflow's own server on the default store of a folder, as `make ui` starts it there."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "mlflow").mkdir()
    shutil.copy(database, folder / "mlflow" / "mlflow.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///mlflow/mlflow.db"),
        *("--default-artifact-root", (folder / "mlflow" / "artifacts").as_uri()),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
    ]
    env = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "server.log").open("w") as stream:
        process = subprocess.Popen(command, cwd=folder, stdout=stream, stderr=stream, env=env, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{address}/health") or process.poll() is not None)
        assert process.poll() is None, (folder / "server.log").read_text()[-3000:]
        yield Server(address, folder)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=120)


def answers(address: str) -> bool:
    try:
        return urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def ask(address: str, **body: Any) -> Any:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(address, data=json.dumps(body).encode(), headers=headers), timeout=120) as reply:
        return json.load(reply)


@pytest.mark.slow
def test_the_server_and_its_page_show_the_tree(small, server, tmp_path, monkeypatch):
    monkeypatch.chdir(server.folder)
    plan = make_all(small)
    track(small)
    store = mlflow.MlflowClient(tracking_uri=f"sqlite:///{server.folder / 'mlflow' / 'mlflow.db'}")
    tree_id = store.get_experiment_by_name("small").experiment_id
    found = ask(f"{server.address}/api/2.0/mlflow/runs/search", experiment_ids=[tree_id])["runs"]
    tags = [{tag["key"]: tag["value"] for tag in run["data"]["tags"]} for run in found]
    root = next(run for run, of in zip(found, tags, strict=True) if of["stage"] == "experiment")
    parents = [of.get("mlflow.parentRunId") for of in tags if of["stage"] != "experiment"]
    assert parents == [root["info"]["run_id"]] * len(plan)
    report = run_of(store, plan, "report/small").info.run_id
    query = urlencode({"path": "report.html", "run_uuid": report})
    page = urlopen(f"{server.address}/get-artifact?{query}", timeout=120).read()
    assert page == (plan.report.folder / "report.html").read_bytes()

    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("the REST interface shows the tree; no chromium to look at the page: apt-get install chromium")
    command = [
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
        *(f"--user-data-dir={tmp_path / 'browser'}", "--virtual-time-budget=20000", "--window-size=1600,1200"),
    ]

    def page_text(place: str) -> str:
        """Read what MLflow's page shows once its scripts have run."""
        address = f"{server.address}/#/experiments/{tree_id}/runs{place}"
        done = subprocess.run(
            [*command, "--dump-dom", address], capture_output=True, text=True, timeout=180, check=True
        )
        return " ".join(re.sub(r"<[^>]+>", " ", done.stdout).split())

    whole = page_text("")
    assert f"{len(plan) + 1} matching runs" in whole
    assert "collect/icd10" not in whole  # the children are folded under the experiment's own run
    student = run_of(store, plan, "distill/student").info.run_id
    one = page_text(f"/{student}")
    assert "distill/student" in one and "Parent run" in one and "objectives.hidden_regression" in one


@pytest.mark.slow
def test_a_server_can_be_the_store(small, server):
    remote = small.model_copy(update={"name": "remote"})
    plan = make_all(remote)
    track(remote, uri=server.address)
    track(remote, uri=server.address)
    client = mlflow.MlflowClient(tracking_uri=server.address)
    assert len(tree(client, "remote")) == len(plan) + 1
    assert len(steps(client, run_of(client, plan, "distill/student"))) == 120


@pytest.mark.slow
def test_the_page_opens_on_scores_in_the_columns_that_are_asked_for(server, tmp_path, monkeypatch):
    """In a real browser: the saved view is found with its rows and columns; the experiment's scores; its models."""
    sync_api = pytest.importorskip("playwright.sync_api")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium: apt-get install chromium")
    monkeypatch.chdir(server.folder)
    make_all(demo())
    track(demo())
    client = mlflow.MlflowClient(tracking_uri=server.address)
    tree_id = client.get_experiment_by_name("demo").experiment_id
    place = next(line for line in places(server.address, server.address) if line.startswith("demo: "))
    assert place == f"demo: {server.address}{address(tree_id, RESULTS)}"
    root = next(run for run in tree(client, "demo") if run.data.tags["stage"] == "experiment")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(180_000)
        page.goto(place.partition(": ")[2])
        page.get_by_text("10 matching runs").wait_for()
        page.get_by_text("scored", exact=True).first.wait_for()
        heads = page.locator(".ag-header-cell-text, [role=columnheader]").evaluate_all(
            "all => all.map(one => [one.getBoundingClientRect().x, one.innerText.trim()])"
        )
        named = dict.fromkeys(text for _, text in sorted(heads) if text in ("task", "model", "scored", "score"))
        assert [*named] == ["task", "model", "scored", "score"]
        assert page.get_by_text("Results: scores by task and").first.is_visible()
        page.goto(server.address + address(tree_id, TRAINING))
        trained = sum(made.settings.trains for made in Plan(demo()).values())
        page.get_by_text(f"{trained} matching runs").wait_for()
        page.goto(f"{server.address}/#/experiments/{tree_id}/runs/{root.info.run_id}")
        page.get_by_text("icd_chapter.long.accuracy/student", exact=True).wait_for()
        page.goto(f"{server.address}/#/experiments/{tree_id}/models")
        page.get_by_text("student_taught").first.wait_for()
        opened.close()
