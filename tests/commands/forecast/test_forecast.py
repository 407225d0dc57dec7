"""What a run will take is told from what earlier ones took, here first, in proportion to the work."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alambic.commands.explain_plan import to_run
from alambic.commands.forecast.after import compare
from alambic.commands.forecast.before import as_record, confirm, note_forecast
from alambic.commands.forecast.estimate import LIKE, SAME, START
from alambic.commands.forecast.site import Site, chained, site_name, site_of_run
from alambic.commands.forecast.totals import BEGIN, END, OVERHEAD, forecast, shown, wall_seconds
from alambic.data.energy import Energy
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.jobs.forecast_file import forecast_of, read_forecast, write_forecast
from alambic.jobs.in_progress import head_folder
from alambic.planning.plan import Plan
from alambic.runtime.processor import cpu_name
from alambic.settings import read_experiment
from alambic.settings.experiment_file import load_experiment

ROOT = Path(__file__).parents[3]
SMOKE = yaml.safe_load((ROOT / "config/experiments/smoke.yaml").read_text())
WORDS, TEXTS = 10_000, 200
FACTS = {
    "collect": {"words": 2 * WORDS, "documents": 900},
    "clean": {"train": {"words": WORDS, "documents": 400}},
    "fetch": {"parameters": 118_000_000, "embedding_parameters": 96_000_000, "layers": 12},
    "distill": {"parameters": 10_000_000, "embedding_parameters": 6_000_000, "layers": 2},
    "finetune": {"train_texts": TEXTS},
    "predict": {"test_texts": {"full": 50, "short": 50}, "train_texts": TEXTS},
    "speed": {"words": 900},
}
SECONDS = {"teach": START + 20, "distill": START + 40, "finetune": START + 10, "predict": START + 5}


def smoke(**changes):
    """Plan the smoke experiment with some sections changed: {"finetune": {"epochs": 4}}."""
    content = json.loads(json.dumps(SMOKE))
    for section, values in changes.items():
        content[section] = {**content[section], **values}
    return Plan(read_experiment(content))


def make(plan, *, site="local", device=None, scale=1.0, leave_out=()):
    """Write the manifests of a plan's artifacts, as if each had taken a given time."""
    for artifact in plan.values():
        if artifact.stage in leave_out or artifact.name in leave_out:
            continue
        seconds = scale * SECONDS.get(artifact.stage, 10.0)
        energy = Energy(cpu_kwh=seconds * 1e-6, co2e_g=seconds * 5e-5, seconds=seconds, method="x").record()
        run = {"seconds": seconds, "site": site, "device": device or cpu_name(), "energy": energy, "host": "h",
               "started": "2026-01-01T00:00:00+00:00"}  # fmt: skip
        artifact.folder.mkdir(parents=True, exist_ok=True)
        (artifact.folder / "data").write_bytes(b"x" * 1000)
        inputs = {role: [each.fingerprint for each in of] for role, of in artifact.inputs.items()}
        record = Manifest(
            artifact.stage, artifact.item, artifact.fingerprint, artifact.settings.model_dump(mode="json"), {}, {},
            inputs, FACTS.get(artifact.stage, {}), {"data": 1000}, run,
        )  # fmt: skip
        artifact.manifest.write_text(record.dump())


def expect(plan, site):
    """Forecast all of a plan that is not there."""
    return forecast(plan, site, to_run(plan))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, with a local site."""
    monkeypatch.chdir(tmp_path)
    return Site.read("local")


def test_after_one_run_the_same_items_are_told_in_proportion_to_their_work(here):
    make(smoke())
    plan = smoke(finetune={"epochs": 3, "seeds": [5]})
    whole = expect(plan, here)
    tuned = whole.estimates["finetune/student/icd_chapter/seed5"]
    assert tuned.seconds == pytest.approx(START + 10 * 3) and tuned.source == "the same stage here"
    assert tuned.kwh == pytest.approx(tuned.seconds * 1e-6), "the energy of a second is that which was measured"
    longer = smoke(distill={name: {**each, "epochs": 2} for name, each in SMOKE["distill"].items()})
    student = expect(longer, here).estimates["distill/student"]
    assert (student.seconds, student.factor) == (pytest.approx(START + 2 * 40), SAME)


def test_other_limits_of_texts_change_the_work(here):
    make(smoke())
    task = SMOKE["tasks"]["icd_chapter"]
    plan = smoke(tasks={"icd_chapter": {**task, "train_limit": 2 * TEXTS, "test_limit": 200}})
    by_name = expect(plan, here).estimates
    assert by_name["finetune/student/icd_chapter/seed1"].seconds == pytest.approx(START + 2 * 10)
    assert by_name["predict/student/icd_chapter"].seconds == pytest.approx(START + 4 * 5)


def test_what_is_ready_costs_nothing(here):
    plan = smoke()
    make(plan)
    whole = expect(plan, here)
    assert whole.estimates == {} and whole.wall.expected == whole.kwh.expected == 0 and list(shown(whole)) == []


def test_the_farther_a_run_the_wider_the_bounds(here):
    """Nothing was made; then it was made elsewhere; then another item here; then this one."""
    name, factors, sources = "distill/student", [], []
    plan = smoke()
    for where in ({}, {"device": "another"}, {"leave_out": [name]}, {}):
        if where or factors:
            make(smoke(teach={"e5_states": {**SMOKE["teach"]["e5_states"], "documents_per_shard": 99}}), **where)
        changed = smoke(distill={key: {**each, "seed": 7} for key, each in SMOKE["distill"].items()})
        estimate = expect(changed, here).estimates[name]
        factors.append(estimate.factor), sources.append(estimate.source)
    assert sources[1:] == ["the same stage elsewhere", "the same stage here", "the same item here"]
    assert factors == sorted(factors, reverse=True) and factors[-1] == SAME and factors[2] <= LIKE
    assert len(plan) == len(smoke())


def test_a_gpu_that_nobody_has_used_is_told_by_its_peak(here, monkeypatch):
    monkeypatch.setenv("IDRPROJ", "abc")
    make(smoke(), leave_out=["distill", "finetune", "predict", "evaluate", "speed", "report"])
    whole = expect(smoke(), Site.read("slurm/jean-zay-h100"))
    student = whole.estimates["distill/student"]
    assert student.source == "operations and the device's peak"
    assert whole.gpu_hours.expected > 0 and whole.gpu_hours.low < whole.gpu_hours.expected < whole.gpu_hours.high
    rated = student.seconds * (2 * 96 * 7.29 + 8 * 700) * 1.2 / 3.6e6
    assert student.kwh == pytest.approx(rated), "cores and GPUs at work, through the building"
    assert "each of which waits in the queue" in "\n".join(shown(whole))


def test_jobs_side_by_side_end_with_the_longest_chain(here, monkeypatch):
    make(smoke())
    plan = smoke(finetune={"seeds": [7]})
    jobs = {name: estimate.seconds for name, estimate in expect(plan, here).estimates.items()}

    def wall(cores):
        monkeypatch.setattr(Site, "cores", cores)
        return expect(plan, Site.read("local")).wall.expected

    assert wall(1) == pytest.approx(BEGIN + sum(jobs.values()) + OVERHEAD * len(jobs) + END)
    chain = [f"{stage}/student/icd_chapter" for stage in ("predict", "evaluate")]
    longest = sum(jobs[name] for name in (*chain, "finetune/student/icd_chapter/seed7", "report/smoke"))
    assert longest <= wall(64) < wall(2) < wall(1)


def test_a_training_longer_than_its_wall_limit_is_a_chain_of_jobs():
    share = Site.read("slurm/jean-zay-h100").shares["distill"]
    assert (share.nodes, share.cores, share.gpus, share.hours) == (2, 192, 8, 20)
    assert [chained(3600.0 * hours, share) for hours in (1, 20, 21, 70)] == [1, 1, 2, 4]


@pytest.mark.parametrize(("answer", "starts"), [("y", True), ("OUI", True), ("", False), ("n", False)])
def test_a_run_above_the_limit_is_asked_for_at_a_terminal(here, monkeypatch, capsys, answer, starts):
    monkeypatch.setenv("ALAMBIC_ASK_ABOVE", "hours=0.001")
    asked = []

    def ask(question):
        asked.append(question)
        return answer

    if starts:
        confirm(smoke(), here, yes=False, ask=ask, terminal=True)
    else:
        with pytest.raises(UserError, match="YES=1"):
            confirm(smoke(), here, yes=False, ask=ask, terminal=True)
    assert "hours" in asked[0] and "above 0.001" in asked[0] and "kWh" in capsys.readouterr().err
    monkeypatch.setenv("ALAMBIC_ASK_ABOVE", "hours=1000 kwh=50")
    confirm(smoke(), here, yes=False, ask=ask, terminal=True)
    assert len(asked) == 1, "below the limit nobody is asked"


def test_without_a_terminal_it_is_refused_with_the_remedy_unless_told_yes(tmp_path):
    experiment = tmp_path / "smoke.yaml"
    experiment.write_text(yaml.safe_dump(SMOKE))
    site = tmp_path / "site.yaml"
    site.write_text("cores: 2\ndefault-resources:\n  ask_above: hours=0.001\n")
    command = [sys.executable, "-m", "alambic", "confirm", str(experiment), "--site", str(site)]
    quiet = {"cwd": tmp_path, "stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
    refused = subprocess.run(command, **quiet)
    assert refused.returncode == 1 and "no terminal" in refused.stderr and "YES=1" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert subprocess.run([*command, "--yes"], **quiet).returncode == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "euros=5",
            "'euros=5': expected NAME=NUMBER, such as gpu_hours=50; .*known: gpu_hours, hours, kwh, node_hours",
        ),
        ("gpu_hour=5", "'gpu_hour=5': .*did you mean 'gpu_hours'"),
        ("kwh", "'kwh': expected a number, such as kwh=50"),
        ("kwh=many", "'kwh=many': expected a number"),
        ("kwh=5 hours=1 kwh=50", "'kwh=50': 'kwh' is given twice"),
    ],
)
def test_a_limit_that_cannot_be_read_is_told_with_the_place_where_it_stands(tmp_path, monkeypatch, text, problem):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALAMBIC_ASK_ABOVE", text)
    with pytest.raises(UserError, match=f"^ALAMBIC_ASK_ABOVE: {problem}"):
        Site.read("local").limits()
    monkeypatch.setenv("ALAMBIC_ASK_ABOVE", "kwh=1000")
    (tmp_path / "mine.yaml").write_text(f"cores: 2\ndefault-resources:\n  ask_above: {text}\n")
    with pytest.raises(UserError, match=f"^`ask_above` in mine.yaml: {problem}"):
        Site.read("mine.yaml").limits()


def test_a_limit_of_the_environment_is_raised_there(here, monkeypatch):
    monkeypatch.setenv("ALAMBIC_ASK_ABOVE", "hours=0.001")
    with pytest.raises(UserError, match=r"or raise ALAMBIC_ASK_ABOVE$"):
        confirm(smoke(), here, yes=False, terminal=False)


def test_watts_that_cannot_be_read_are_told_with_their_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("cores: 2\ndefault-resources:\n  power: core=7W core=8W\n")
    with pytest.raises(UserError, match=r"^mine.yaml: power 'core=8W': 'core' is given twice"):
        expect(smoke(), Site.read("mine.yaml"))
    monkeypatch.setenv("ALAMBIC_POWER", "gpu")
    with pytest.raises(UserError, match=r"^ALAMBIC_POWER: power 'gpu'"):
        expect(smoke(), Site.read("local"))


def test_a_site_has_one_name_however_it_is_given():
    path = ROOT / "profiles/slurm/jean-zay-h100.yaml"
    assert site_name(str(path)) == site_name("slurm/jean-zay-h100") == "slurm/jean-zay-h100"
    assert site_name("sites/mine.yaml") == "sites/mine.yaml"
    given_by_path = Site.read(str(path))
    assert given_by_path.is_like("slurm/jean-zay-h100", "NVIDIA H100") and given_by_path.is_like(str(path), "x")
    assert site_of_run(["--cores", "2", "--profile", "profiles/local.yaml"]) == "profiles/local.yaml"
    assert site_of_run(["--profile=x"]) == "x" and site_of_run(["-n"]) == ""


def test_the_threads_and_cores_of_a_run_are_those_of_its_options(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)))
    plain = Site.read("local")
    assert (plain.cores, plain.shares["teach"].cores, plain.shares["predict"].cores) == (16, 8, 1)
    words = ["--logger", "alambic", "-n", "--cores", "6", "--set-threads", "teach=2", "distill=4", "--keep-going"]
    chosen = Site.read("local", words)
    assert (chosen.cores, chosen.shares["teach"].cores, chosen.shares["distill"].cores) == (6, 2, 4)
    assert chosen.shares["adapt"].cores == 1, "Snakemake takes no threads of the profile where the command has some"
    with pytest.raises(UserError, match="--set-threads teach 'two'"):
        Site.read("local", ["--set-threads", "teach=two"])


def test_a_run_takes_over_what_was_expected_before_it(here, monkeypatch):
    make(smoke(), leave_out=["finetune", "predict", "evaluate", "speed", "report"])
    plan = smoke()
    confirm(plan, here, yes=True)
    calls = []

    def counted(*given):
        calls.append(given)
        return forecast(*given)

    monkeypatch.setattr("alambic.commands.forecast.before.forecast", counted)
    note_forecast(plan, ["--profile", str(ROOT / "profiles/local.yaml")])
    head = head_folder(plan)
    assert not calls and read_forecast(head)["artifacts"] == read_forecast(head, "forecast-asked.json")["artifacts"]
    note_forecast(plan, ["--set-threads", "teach=1"])
    assert len(calls) == 1, "other threads, another forecast"
    make(plan, leave_out=["evaluate", "speed", "report"])
    note_forecast(smoke(), [])
    assert len(calls) == 2, "less is left to be made"


def test_after_a_run_the_forecast_stands_beside_what_it_took(here, monkeypatch):
    plan = smoke()
    whole = expect(plan, here)
    write_forecast(head_folder(plan), as_record(plan, here, whole))
    monkeypatch.setenv("ALAMBIC_PLAN", str(head_folder(plan) / "plan-x.json"))
    student = plan["distill/student"]
    expected = forecast_of(student.folder)["forecast"]
    assert expected["seconds"] == pytest.approx(whole.estimates["distill/student"].seconds, abs=0.1)
    make(plan)
    plan.results.mkdir(parents=True)
    lines = list(compare(plan))
    written = json.loads((plan.results / "forecast.json").read_text())
    assert written["artifacts"]["distill/student"]["seconds"] == SECONDS["distill"]
    took = sum(SECONDS.get(artifact.stage, 10.0) for artifact in plan.values())
    assert written["took"]["seconds"] == pytest.approx(took) and written["took"]["kwh"] == pytest.approx(took * 1e-6)
    assert lines[0].startswith("Took ") and "kWh" in lines[1]


def test_a_run_without_a_forecast_says_nothing(here):
    assert list(compare(smoke())) == [] and forecast_of(Path("artifacts/x/y/z")) == {}


# What the jobs of the demo took, in seconds and kWh, on two cores on which nothing else ran, and the whole run.
MEASURED = json.loads((Path(__file__).parent / "demo_run.json").read_text(encoding="utf-8"))
OF_THE_DEMO = ["--set-threads", "teach=1", "adapt=1", "distill=1", "finetune=1", "predict=1", "--cores", "2"]
GOAL = 0.15


@pytest.fixture
def demo(here, monkeypatch):
    """Plan the demo in an empty folder, on two cores of the kind that it was measured on."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    plan = Plan(load_experiment(str(ROOT / "config/experiments/demo.yaml")))
    assert {*plan} == {*MEASURED["jobs"]}, "another demo is to be measured anew: tests/commands/forecast/demo_run.json"
    return plan, Site.read("local", OF_THE_DEMO)


def test_jobs_of_known_durations_take_as_long_side_by_side_as_the_demo_took(demo):
    plan, site = demo
    seconds = {name: took for name, (took, _) in MEASURED["jobs"].items()}
    assert wall_seconds(list(plan.values()), seconds, site) == pytest.approx(MEASURED["took"], rel=GOAL / 3)
    threads = ["--set-threads", "teach=2", "distill=2", "--cores", "2"]
    wider = wall_seconds(list(plan.values()), seconds, Site.read("local", threads))
    assert wider > 1.1 * MEASURED["took"], "jobs that take both cores leave no place beside them"


def test_a_first_run_of_the_demo_is_told_by_the_means_of_its_stages(demo):
    plan, site = demo
    whole = expect(plan, site)
    assert {estimate.source for estimate in whole.estimates.values()} == {"the demo's stage"}
    assert whole.wall.expected == pytest.approx(MEASURED["took"], rel=GOAL)
    assert whole.kwh.expected == pytest.approx(sum(kwh for _, kwh in MEASURED["jobs"].values()), rel=GOAL)


@pytest.mark.parametrize("slowed", [1, 4])
def test_after_one_run_another_is_told_whatever_went_on_beside_the_first(demo, slowed):
    """Neighbours made the first one wait for cores; its processor time does not know them."""
    plan, site = demo
    for name, (seconds, kwh) in MEASURED["jobs"].items():
        artifact = plan[name]
        make({name: artifact})
        content = json.loads(artifact.manifest.read_text())
        energy = {"cpu_kwh": 0.95 * seconds * 4 / 3.6e6, "gpu_kwh": 0, "ram_kwh": kwh - 0.95 * seconds * 4 / 3.6e6,
                  "co2e_g": 1.0, "seconds": slowed * seconds, "core_watts": 4.0, "pue": 1.0,
                  "method": "cpu: 4 W x processor time; ram: 0.3725 W/GB resident"}  # fmt: skip
        content["run"] |= {"energy": energy, "threads": 1}
        content.pop("checksum", None)
        artifact.manifest.write_text(json.dumps(content))
    whole = forecast(plan, site, list(plan.values()))
    assert {estimate.source for estimate in whole.estimates.values()} == {"the same item here"}
    assert whole.wall.expected == pytest.approx(MEASURED["took"], rel=GOAL)
    assert whole.kwh.expected == pytest.approx(sum(kwh for _, kwh in MEASURED["jobs"].values()), rel=0.01)


def test_another_experiment_s_item_of_the_same_name_is_another_item(here):
    plan = smoke()
    make(plan)
    path = plan["distill/student"].manifest
    for other, source in (("smoke", "the same item here"), ("demo", "the same stage here")):
        content = json.loads(path.read_text())
        content["run"]["experiment"] = other
        content.pop("checksum", None)
        path.write_text(json.dumps(content))
        changed = smoke(distill={key: {**each, "seed": 7} for key, each in SMOKE["distill"].items()})
        assert expect(changed, here).estimates["distill/student"].source == source


def test_neighbours_are_told_and_are_in_the_upper_bound(here, monkeypatch):
    make(smoke())
    plan = smoke(finetune={"seeds": [7]})
    monkeypatch.setattr(Site, "cores", 2)
    monkeypatch.setattr("os.getloadavg", lambda: (0.1, 0, 0))
    quiet = expect(plan, Site.read("local"))
    assert "neighbours" not in "\n".join(shown(quiet))
    monkeypatch.setattr("os.getloadavg", lambda: (4.0, 0, 0))
    busy = expect(plan, Site.read("local"))
    assert busy.wall.expected == quiet.wall.expected and busy.wall.high > 2.8 * quiet.wall.high
    assert "if they go on, it takes 3.0 times as long" in "\n".join(shown(busy))


def test_a_gpu_is_not_told_by_a_processor_s_seconds(here, monkeypatch):
    monkeypatch.setenv("IDRPROJ", "abc")
    make(smoke(), device="AMD EPYC")
    changed = smoke(distill={key: {**each, "seed": 7} for key, each in SMOKE["distill"].items()})
    sources = {
        name: estimate.source for name, estimate in expect(changed, Site.read("slurm/jean-zay-h100")).estimates.items()
    }
    assert sources["distill/student"] == "operations and the device's peak"
