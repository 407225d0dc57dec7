"""The whole pipeline on a real Slurm cluster, through Snakemake's official executor; its head is killed on the way."""

import csv
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from cluster_run import start_head, take_artifacts

from alambic.jobs.attempts import read_attempts
from test_profiles import ON_GPU, RULES, record

pytest_plugins = ["slurm_cluster"]
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
LAUNCH = ROOT / "scripts" / "launch.sh"

# Where the two runs may differ: on 4 ranks a gradient is summed in another order, and float32 sums depend on it. The
# first step starts from the same weights, so its loss agrees to rounding; the difference then grows with the steps. A
# score counts decisions on a small test set: one that lies on the fence may fall on the other side.
FIRST_LOSS, LAST_LOSS, SCORE = 1e-5, 1e-2, 0.05

# Of the experiment `smoke` the cluster makes one student, in every stage; what repeats one is taken from this machine.
TAKEN = ("collect/icd10", "collect/ansm", "predict/dictionary/icd_chapter", "evaluate/dictionary/icd_chapter")
OF_LESS = {"report/smoke", "speed/icd_chapter"}  # one student, not two

# As docs/how-to/site.md tells it of ranks that share a corpus over several nodes.
CLEAN_ON_TWO_NODES = {
    "nodes": 2,
    "tasks_per_node": 2,
    "mpi": "srun",
    "slurm_extra": "--hint=nomultithread --signal=USR1@120",
}

# One job per profile's shape: what it runs on, seen from inside.
SHAPES = """
def launch(wildcards, resources, threads):
    nodes, ranks, launcher = (resources.get(k, d) for k, d in (("nodes", 1), ("tasks_per_node", 1), ("mpi", "local")))
    return f"{launch} --nodes {{nodes}} --ranks {{ranks}} --threads {{threads}} --launcher {{launcher}} --"

rule all:
    input: expand("{{name}}.txt", name={names})

for name in {names}:
    rule:
        name: name
        output: name + ".txt"
        params: launch=launch
        resources: micro_batch=0, zero_stage=0
        shell: "{{params.launch}} bash -c "
               "'echo $SLURMD_NODENAME $RANK/$WORLD_SIZE $LOCAL_RANK gpus=$CUDA_VISIBLE_DEVICES' > {{output}}"
"""


def snakemake(
    cluster, folder: Path, *options: str, timeout: float = 300, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**cluster.environment, **variables}
    command = [sys.executable, "-m", "snakemake", "--directory", str(folder), *options]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=timeout)


def profile(site: str) -> list[str]:
    return ["--profile", f"{ROOT}/profiles/{site}.yaml", "--workflow-profile", f"{ROOT}/profiles/default"]


def write_snakefile(folder: Path, text: str) -> list[str]:
    (folder / "Snakefile").write_text(text)
    return ["--snakefile", str(folder / "Snakefile")]


def job(cluster, number: str) -> dict[str, str]:
    """What Slurm remembers of a job."""
    shown = cluster.run("scontrol", "--oneliner", "show", "job", number).stdout
    return dict(field.split("=", 1) for field in shown.split() if "=" in field)


# ------------------------------------------------------------------------------------------------- the pipeline


@pytest.fixture(scope="module")
def runs(cluster, smoke_run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the folders of two runs of the experiment `smoke`: on this machine, and some of it on the cluster."""
    folder = tmp_path_factory.mktemp("smoke-on-slurm")
    site = yaml.safe_load((ROOT / "profiles/slurm/test-cluster.yaml").read_text())
    site["set-resources"]["clean"] = CLEAN_ON_TWO_NODES
    (folder / "site.yaml").write_text(yaml.safe_dump(site, sort_keys=False))
    experiment = smoke_run.experiment
    del experiment["distill"]["control"], experiment["report"]["compare"]
    experiment["finetune"]["models"] = ["student"]
    (folder / "smoke.yaml").write_text(yaml.safe_dump(experiment, sort_keys=False))
    take_artifacts(smoke_run.work, folder, only=TAKEN)
    kill_while_it_trains(start(cluster, folder), folder)
    assert start(cluster, folder).wait(timeout=3000) == 0, (folder / "head.log").read_text()[-5000:]
    return {"local": smoke_run.work, "slurm": folder}


def start(cluster, folder: Path) -> subprocess.Popen[str]:
    """Start the command that runs all of the experiment on the cluster."""
    places = {"code": ROOT, "experiment": folder / "smoke.yaml", "log": folder / "head.log"}
    return start_head(cluster, folder, Path("all"), **places, ALAMBIC_SITE="slurm/test-cluster")


def kill_while_it_trains(head: subprocess.Popen[str], folder: Path) -> None:
    """Kill -9 the command once its job on the cluster has taken a step."""
    end = time.monotonic() + 3000
    while not (journals := list(folder.glob("artifacts/distill/student/*/metrics.jsonl"))):
        assert head.poll() is None and time.monotonic() < end, (folder / "head.log").read_text()[-5000:]
        time.sleep(0.1)
    assert not journals[0].with_name("manifest.json").exists(), "too late to disturb anything"
    head.kill()
    head.wait()


def artifacts(folder: Path) -> dict[str, Path]:
    found = json.loads((folder / "results/smoke/artifacts.json").read_text())
    return {item: folder / path for item, path in found.items()}


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.timeout(3600)
def test_every_stage_runs_where_it_belongs(cluster, runs: dict[str, Path]):
    made = {item: folder for item, folder in artifacts(runs["slurm"]).items() if item not in TAKEN}
    assert {item.split("/")[0] for item in made} == set(RULES) - {
        "adapt",
        "calibrate",
        "explain",
        "release",
        "study",
    }  # smoke has none
    for item, folder in made.items():
        stage = item.split("/")[0]
        seen = job(cluster, str(manifest(folder)["run"]["SLURM_JOB_ID"]))
        partition = "gpu_p6" if stage in ON_GPU else "prepost" if stage in ("collect", "fetch") else "cpu_p1"
        assert (seen["Partition"], seen["JobState"]) == (partition, "COMPLETED"), item
        assert seen["NumNodes"] == ("2" if stage in ("clean", "distill") else "1"), item


def test_distillation_ran_on_two_nodes_with_four_ranks(cluster, runs: dict[str, Path]):
    students = [folder for item, folder in artifacts(runs["slurm"]).items() if item.startswith("distill/")]
    assert students
    for folder in students:
        run = manifest(folder)["run"]
        seen = job(cluster, str(run["SLURM_JOB_ID"]))
        assert (seen["NodeList"], seen["NumTasks"], seen["Requeue"]) == ("gpu[1-2]", "4", "0")
        assert run["ranks"] == 4
        assert manifest(folder)["facts"]["training"]["ranks"] == 4


def test_a_killed_head_s_job_went_on_and_the_same_command_took_its_result(runs: dict[str, Path]):
    attempts = read_attempts(artifacts(runs["slurm"])["distill/student"])
    assert [attempt.why for attempt in attempts] == ["done"], "nothing was computed twice"
    assert (runs["slurm"] / "head.log").read_text().count("Building DAG of jobs") == 2


def test_both_runs_made_the_same_artifacts(runs: dict[str, Path]):
    here, there = (json.loads((folder / "results/smoke/artifacts.json").read_text()) for folder in runs.values())
    same = there.keys() - OF_LESS
    assert {item.split("/")[0] for item in same} >= {"distill", "finetune", "predict", "evaluate"}
    differ = {item for item in same if here[item] != there[item]}
    assert not differ, "a site changes the speed, never the identity of a result"


def test_two_nodes_share_a_corpus_and_make_the_same_bytes(runs: dict[str, Path]):
    here, there = (artifacts(folder)["clean/medical"] for folder in runs.values())
    assert (manifest(here)["run"]["ranks"], manifest(there)["run"]["ranks"]) == (1, 4)
    shards = {path.name: path.read_bytes() for path in here.glob("*.parquet")}
    assert shards and shards == {path.name: path.read_bytes() for path in there.glob("*.parquet")}


def test_distillation_learns_the_same_on_four_ranks_as_on_one(runs: dict[str, Path]):
    here, there = (artifacts(folder) for folder in runs.values())
    students = [item for item in there if item.startswith("distill/")]
    assert students
    for item in students:
        alone, together = losses(here[item]), losses(there[item])
        assert len(alone) == len(together) > 1
        assert alone[0] == pytest.approx(together[0], rel=FIRST_LOSS)
        assert alone == pytest.approx(together, rel=LAST_LOSS)
        assert manifest(here[item])["run"]["ranks"] == 1


def test_scores_agree(runs: dict[str, Path]):
    def scores(folder: Path) -> dict[tuple[str, ...], float]:
        with (folder / "results/smoke/scores.csv").open() as file:
            keys = ("model", "task", "dataset", "split", "metric", "seed")
            return {tuple(row[key] for key in keys): float(row["value"]) for row in csv.DictReader(file)}

    here, there = (scores(folder) for folder in runs.values())
    assert {key[0] for key in there} == {"dictionary", "student"} and there.keys() <= here.keys()
    for key in there:
        allowed = 0 if key[0] == "dictionary" else SCORE
        assert there[key] == pytest.approx(here[key], abs=allowed), key


def test_a_second_run_on_the_cluster_does_nothing(cluster, runs: dict[str, Path]):
    options = ["--snakefile", f"{ROOT}/Snakefile", "--configfile", "smoke.yaml", *profile("slurm/test-cluster")]
    done = snakemake(cluster, runs["slurm"], *options)
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stderr


# ------------------------------------------------------------------------------------------------- the executor


def test_slurm_accepts_every_line_of_jean_zay(accounted_cluster, tmp_path: Path):
    for rule, line in record("jean-zay-h100", tmp_path).items():
        flags = [name if name in line.LONE else f"{name}={value}" for name, value in line.flags.items()]
        done = accounted_cluster.run("sbatch", "--test-only", *flags, cwd=tmp_path)
        assert done.returncode == 0, f"{rule}: {done.stderr}"
        wrong = [flag.replace("abc@", "other@") for flag in flags]
        refused = accounted_cluster.run("sbatch", "--test-only", *wrong, cwd=tmp_path)
        assert refused.returncode != 0, "the cluster enforces accounts, so that taking the line means something"


def test_the_profile_of_jean_zay_runs(accounted_cluster, tmp_path: Path):
    snakefile = write_snakefile(tmp_path, SHAPES.format(names=["collect", "finetune", "distill"], launch=LAUNCH))
    quickly = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10", "--retries", "0"]
    done = snakemake(accounted_cluster, tmp_path, *snakefile, *profile("slurm/jean-zay-h100"), *quickly, IDRPROJ="abc")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"cpu\d 0/1 0 gpus=\n", (tmp_path / "collect.txt").read_text())
    assert re.fullmatch(r"gpu\d 0/1 0 gpus=\d\n", (tmp_path / "finetune.txt").read_text())
    ranks = sorted((tmp_path / "distill.txt").read_text().splitlines(), key=lambda line: line.split()[1])
    assert ranks == [f"gpu{1 + rank // 4} {rank}/8 {rank % 4} gpus=0,1,2,3" for rank in range(8)]


def test_ranks_on_one_node_need_no_srun(cluster, tmp_path: Path):
    snakefile = write_snakefile(tmp_path, SHAPES.format(names=["distill"], launch=LAUNCH))
    names = {"ALAMBIC_ACCOUNT": "abc", "ALAMBIC_CPU_PARTITION": "cpu_p1", "ALAMBIC_GPU_PARTITION": "gpu_p6"}
    quickly = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10", "--retries", "0"]
    done = snakemake(cluster, tmp_path, *snakefile, *profile("slurm/inserm"), *quickly, **names)
    assert done.returncode == 0, done.stderr
    ranks = sorted((tmp_path / "distill.txt").read_text().splitlines(), key=lambda line: line.split()[1])
    assert [line.split(" ", 1)[1] for line in ranks] == ["0/2 0 gpus=0,1", "1/2 1 gpus=0,1"]


def test_a_job_that_keeps_failing_is_submitted_as_often_as_the_profile_says(cluster, tmp_path: Path):
    snakefile = write_snakefile(
        tmp_path, "rule clean:\n    output: 'x'\n    shell: 'echo $SLURM_JOB_ID >> jobs; exit 3'\n"
    )
    done = snakemake(cluster, tmp_path, *snakefile, *profile("slurm/test-cluster"), "--retries", "1")
    jobs = (tmp_path / "jobs").read_text().split()
    assert done.returncode != 0
    assert len(jobs) == len(set(jobs)) == 2, "a rule's own `retries` would run it again inside each job"


def test_a_cancelled_job_is_noticed(cluster, tmp_path: Path):
    text = "rule clean:\n    output: 'x'\n    shell: 'echo $SLURM_JOB_ID > job; sleep 600'\n"
    command = [sys.executable, "-m", "snakemake", *write_snakefile(tmp_path, text), *profile("slurm/test-cluster")]
    head = subprocess.Popen(command, cwd=tmp_path, env=cluster.environment, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 90
    while not (tmp_path / "job").exists() or not (number := (tmp_path / "job").read_text().strip()):
        assert time.monotonic() < end, "the job did not start"
        time.sleep(0.2)
    cluster.run("scancel", number)
    _, errors = head.communicate(timeout=120)
    assert head.returncode != 0
    assert "CANCELLED" in errors
