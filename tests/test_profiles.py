"""What each site's profile makes of each rule: the very sbatch line of the official executor, against known misleading.

Snakemake and its executor are real; only `sbatch` and the queries beside it are replaced, on PATH, and write down what
they are asked.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from alambic.settings import STAGES

ROOT = Path(__file__).parents[1]
PROFILES = ROOT / "profiles"
SITES = sorted(path.stem for path in (PROFILES / "slurm").glob("*.yaml"))
SHIPPED = ("generic", "inserm", "jean-zay-v100", "jean-zay-a100", "jean-zay-h100", "test-cluster")
JEAN_ZAY = {"jean-zay-v100": ("v100", 10), "jean-zay-a100": ("a100", 8), "jean-zay-h100": ("h100", 24)}  # cores per GPU
HOURS = {"dev": 2, "t3": 20, "t4": 100}  # of each QoS, on Jean Zay
NETWORKED = {stage for stage, settings in STAGES.items() if settings.needs_network}
ON_GPU = {stage for stage, settings in STAGES.items() if settings.uses_gpu}
ENVIRONMENT = {
    "IDRPROJ": "abc",
    "ALAMBIC_ACCOUNT": "abc",
    "ALAMBIC_CPU_PARTITION": "some-cpus",
    "ALAMBIC_GPU_PARTITION": "some-gpus",
}
RECORDER = """#!{python}
import json, sys
with open({calls!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
sys.exit(1)
"""


def accounts() -> list[str]:
    """All the accounts that profiles name, written in or by a variable."""
    texts = [path.read_text() for path in sorted((PROFILES / "slurm").glob("*.yaml"))]
    named = {
        name for text in texts for name in re.findall(r"^\s*slurm_account:\s*[\"']?([^\"'#\s]+)", text, re.MULTILINE)
    }
    for variable, value in ENVIRONMENT.items():
        named = {name.replace(f"${variable}", value) for name in named}
    return sorted(named)


def submitted_rules() -> list[str]:
    """Every rule of the workflow that does not run beside Snakemake itself."""
    text = "\n".join(
        path.read_text() for path in [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]
    )
    local = re.search(r"^localrules:\n((?:    .*\n)+)", text, re.MULTILINE)
    assert local, "the Snakefile names its local rules"
    kept_here = set(re.findall(r"\w+", local[1]))
    rules = re.findall(r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:", text, re.MULTILINE)
    return [rule for rule in rules if rule not in kept_here]


RULES = submitted_rules()
# The workflow's rules without their inputs, so that all are submitted at once, with nothing of the corpus at hand.
SNAKEFILE = f"""
rule all:
    input: expand("{{rule}}.out", rule={RULES})
for name in {RULES}:
    rule:
        name: name
        output: name + ".out"
        resources: micro_batch=0, zero_stage=0
        shell: "true"
"""


class Line:
    """One sbatch line, taken apart."""

    SHORT: ClassVar = {"-A": "--account", "-p": "--partition", "-t": "--time", "-C": "--constraint", "-D": "--chdir"}
    LONE: ClassVar = {"--parsable", "--no-requeue", "--requeue"}

    def __init__(self, arguments: list[str]) -> None:
        self.flags: dict[str, str] = {}
        rest = list(arguments)
        while rest:
            name, equals, value = rest.pop(0).partition("=")
            if not equals and name not in self.LONE:
                value = rest.pop(0)
            name = self.SHORT.get(name, name)
            assert name not in self.flags, f"{name} is given twice"
            self.flags[name] = value
        self.rule = re.findall(r"--target-jobs '(\w+):", self.flags["--wrap"])[0]

    def get(self, flag: str) -> str | None:
        return self.flags.get(flag)

    def number(self, flag: str, default: int = 1) -> int:
        return int(self.flags.get(flag, default))

    @property
    def gpus(self) -> int:
        """GPUs on each node."""
        return int(self.flags["--gres"].rpartition(":")[2]) if "--gres" in self.flags else 0


def snakemake(site: str, folder: Path, text: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run Snakemake on a Snakefile under a site's profile; give what it said, and the file of its sbatch lines."""
    programs, calls = folder / "bin", folder / "calls.jsonl"
    programs.mkdir(parents=True)
    (folder / "Snakefile").write_text(text)
    answers = {
        "sacctmgr": f"printf '%s\\n' {shlex.join(accounts())}",
        **dict.fromkeys(("squeue", "sinfo", "sacct", "scontrol"), "true"),
    }
    for name, answer in answers.items():
        (programs / name).write_text(f"#!/bin/sh\n{answer}\n")
    (programs / "sbatch").write_text(RECORDER.format(python=sys.executable, calls=str(calls)))
    for program in programs.iterdir():
        program.chmod(0o755)
    options = f"--profile {PROFILES}/slurm/{site}.yaml --workflow-profile {PROFILES}/default"
    quickly = "--slurm-init-seconds-before-status-checks 1 --retries 0"
    command = [sys.executable, "-m", "snakemake", *shlex.split(f"{options} {quickly}")]
    environment = {**os.environ, **ENVIRONMENT, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    return done, calls


def record(site: str, folder: Path) -> dict[str, Line]:
    """Return what a site submits, by rule."""
    done, calls = snakemake(site, folder, SNAKEFILE)
    assert calls.exists(), done.stderr
    lines = [Line(json.loads(line)) for line in calls.read_text().splitlines()]
    return {line.rule: line for line in lines}


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Line]]:
    """What every site submits."""
    folder = tmp_path_factory.mktemp("profiles")
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(SITES, pool.map(lambda site: record(site, folder / site), SITES), strict=True))


@pytest.fixture(params=[(site, rule) for site in SITES for rule in RULES], ids=lambda pair: "-".join(pair))
def case(request: pytest.FixtureRequest, recorded: dict[str, dict[str, Line]]) -> tuple[str, Line]:
    site, rule = request.param
    assert rule in recorded[site], f"{site}: {rule} was not submitted"
    return site, recorded[site][rule]


def test_every_site_is_tried():
    assert {*JEAN_ZAY, "generic", "inserm", "test-cluster"} <= set(SITES)
    assert set(RULES) == set(STAGES) > NETWORKED | ON_GPU
    assert {"collect", "fetch"} <= NETWORKED
    assert {"adapt", "teach", "distill", "finetune", "predict"} <= ON_GPU


def test_a_line_is_one_that_any_slurm_takes(case: tuple[str, Line]):
    _, line = case
    assert line.number("--time") >= 10, "without a wall time, sites give some minutes"
    assert "--no-requeue" in line.flags, "Slurm would start again what Snakemake submits again"
    assert line.get("--export") == "ALL"
    assert (line.get("--job-name") or "").startswith("alambic_"), "our jobs must be told from others in squeue"
    assert "/logs/slurm/" in (line.get("--output") or "")
    assert "--array" not in line.flags, "arrays add --mem 1"
    assert "$" not in " ".join(value for flag, value in line.flags.items() if flag != "--wrap"), (
        "a variable was not set"
    )


def test_gpus_are_asked_per_node_and_only_where_used(case: tuple[str, Line]):
    _, line = case
    assert not {"--gpus", "--gpus-per-node", "--ntasks-per-gpu"} & set(line.flags)
    if line.rule in ON_GPU:
        assert line.gpus >= 1
    else:
        assert "--gres" not in line.flags, "even gpu:0 would take a GPU node"
        assert (line.get("--nodes"), line.get("--ntasks")) == (None, "1")


def test_ranks_are_one_per_gpu(case: tuple[str, Line]):
    site, line = case
    settings = yaml.safe_load((PROFILES / "slurm" / f"{site}.yaml").read_text())
    resources = settings["set-resources"].get(line.rule, {})
    ranks, nodes = resources.get("tasks_per_node", 1), line.number("--nodes")
    if line.rule in ON_GPU:
        assert ranks == line.gpus
        assert nodes == resources.get("nodes", 1)
    if "mpi" in resources:
        assert resources["mpi"] == "srun"
        assert line.number("--ntasks-per-node") == ranks > 1
        assert "cpus_per_task" not in resources, "srun gives each rank the rule's threads"
        assert re.fullmatch(r"USR1@\d+", line.get("--signal") or ""), "B: would kill the batch shell, and tell no rank"
    else:
        assert nodes == 1, "several nodes need srun"
        assert "--signal" not in line.flags, "it would kill the Snakemake inside the job"
        assert line.number("--ntasks-per-node") == 1
        assert line.number("--cpus-per-task") == ranks * settings["set-threads"].get(line.rule, 1)
    if line.rule in ("adapt", "distill"):
        assert nodes * ranks > 1


def test_memory_follows_the_cores_or_is_asked_for_once(case: tuple[str, Line]):
    site, line = case
    flags = {"--mem", "--mem-per-cpu", "--mem-per-gpu"} & set(line.flags)
    settings = yaml.safe_load((PROFILES / "slurm" / f"{site}.yaml").read_text())
    given = settings["default-resources"] | settings["set-resources"].get(line.rule, {})
    assert flags == ({"--mem-per-cpu"} if given.get("mem_mb_per_cpu") else {"--mem"} if given.get("mem_mb") else set())
    if site in SHIPPED:  # a profile that a site writes for itself may ask otherwise
        assert flags == ({"--mem-per-cpu"} if site in ("generic", "inserm") else set())


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("site", JEAN_ZAY)
def test_jean_zay_takes_the_line(site: str, rule: str, recorded: dict[str, dict[str, Line]]):
    hardware, cores = JEAN_ZAY[site]
    line = recorded[site][rule]
    assert line.get("--hint") == "nomultithread"
    assert line.get("--account") == f"abc@{hardware if rule in ON_GPU else 'cpu'}"
    if rule in ON_GPU:
        assert line.get("--partition") == {"v100": "gpu_p13", "a100": "gpu_p5", "h100": "gpu_p6"}[hardware]
        assert line.get("--constraint") == (None if hardware == "v100" else hardware), (
            "the constraint selects the hardware"
        )
        assert line.number("--cpus-per-task") * line.number("--ntasks-per-node") == cores * line.gpus
        assert line.gpus <= (8 if hardware == "a100" else 4)
        qos, level = re.fullmatch(r"(qos_gpu\w*)-(dev|t3|t4)", line.get("--qos") or "").groups()  # type: ignore[union-attr]
        assert qos == {"v100": "qos_gpu"}.get(hardware, f"qos_gpu_{hardware}")
        assert (hardware, level) != ("a100", "t4"), "A100 has no t4"
        assert line.number("--time") <= HOURS[level] * 60
    else:
        assert line.get("--partition") == ("prepost" if rule in NETWORKED else "cpu_p1")
        assert "--constraint" not in line.flags
        assert "--qos" not in line.flags, "prepost takes none; elsewhere t3 applies"
        assert line.number("--time") <= 20 * 60
        assert line.number("--cpus-per-task") <= 40


@pytest.mark.parametrize("site", SITES)
def test_a_profile_sets_what_the_executor_gets_wrong(site: str):
    settings = yaml.safe_load((PROFILES / "slurm" / f"{site}.yaml").read_text())
    assert settings["executor"] == "slurm"
    assert settings["slurm-status-command"] == "squeue", "sacct never notices a scancel"
    assert settings["slurm-no-requeue"] is True
    assert "retries" in settings
    assert settings["cores"] >= max(settings["set-threads"].values()), "no rule has more threads than that"
    assert settings["latency-wait"] >= (60 if site != "test-cluster" else 5)
    unknown = {*settings.get("set-resources", {}), *settings.get("set-threads", {})} - set(RULES)
    assert not unknown, f"no such rules: {unknown}"


def test_the_test_cluster_has_the_shape_of_jean_zay():
    def request(site: str) -> dict[str, set[str]]:
        resources = yaml.safe_load((PROFILES / "slurm" / f"{site}.yaml").read_text())["set-resources"]
        of_site = {"slurm_account", "qos", "runtime", "micro_batch"}
        return {rule: set(given) - of_site for rule, given in resources.items()}

    assert request("test-cluster") == request("jean-zay-h100")


@pytest.mark.parametrize("profile", ["local.yaml", *(f"slurm/{site}.yaml" for site in SITES)])
def test_the_common_profile_hides_nothing_of_a_site(profile: str):
    common = yaml.safe_load((PROFILES / "default/config.yaml").read_text())
    site = yaml.safe_load((PROFILES / profile).read_text())
    assert not common.keys() & site.keys(), "the common profile wins over --profile, key by key"


@pytest.mark.parametrize("path", sorted((ROOT / "workflow/rules").glob("*.smk")), ids=lambda path: path.name)
def test_rules_leave_to_profiles_what_is_a_sites(path: Path):
    for word in ("retries", "slurm", "gres", "qos", "partition", "mpi", "runtime"):
        assert not re.search(rf"^\s+{word}\w*\s*[:=]", path.read_text(), re.MULTILINE), (
            f"{word} belongs to the profiles"
        )


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The command of each stage's rule, as Snakemake prints it; `smoke` has every stage but two."""
    work = tmp_path_factory.mktemp("commands")
    experiment = yaml.safe_load((ROOT / "config" / "experiments" / "smoke.yaml").read_text())
    experiment["adapt"] = {"more": {"base": "e5", "corpus": "medical"}}
    experiment["calibrate"] = {"chapters": {"task": "icd_chapter", "systems": ["student", "control"]}}
    experiment["explain"] = {"chapters": {"task": "icd_chapter", "systems": ["student"]}}
    (work / "experiment.yaml").write_text(yaml.safe_dump(experiment, sort_keys=False))
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--dry-run"]
    options = ["--printshellcmds", "--configfile", "experiment.yaml", "--profile", str(PROFILES / "local.yaml")]
    done = subprocess.run([*snakemake, *options], cwd=work, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"^.*(OMP_NUM_THREADS=.* python -m alambic (\w+) .*)$", done.stdout + done.stderr, re.MULTILINE)
    return {stage: command for command, stage in found}


def test_a_stage_that_may_halve_its_micro_batch_is_given_one(commands: dict[str, str]):
    assert set(commands) == set(STAGES) - {"release"}  # nothing that learns from ICD-10 may be released
    training = {stage for stage, settings in STAGES.items() if settings.trains}
    assert {stage for stage, command in commands.items() if "ALAMBIC_MICRO_BATCH=0 " in command} == training
    assert training >= {"adapt", "distill", "finetune"}


def test_a_resource_becomes_a_variable_of_the_environment_of_its_stage_alone(commands: dict[str, str]):
    holders = {
        stage: set(re.findall(r"(ALAMBIC_\w+)=", command.partition("python")[0])) - {"ALAMBIC_ALLOCATION"}
        for stage, command in commands.items()
    }
    assert holders["clean"] == {"ALAMBIC_SORTING_MB"} and holders["teach"] == {"ALAMBIC_GENERATOR"}
    assert not any(holders[stage] for stage in ("collect", "fetch", "tokenizer", "predict", "evaluate", "report"))
    assert holders["adapt"] == holders["distill"] == holders["finetune"]


def test_stages_whose_ranks_share_the_work_are_launched(commands: dict[str, str]):
    launched = {stage for stage, command in commands.items() if "launch.sh --nodes 1 --ranks 1 " in command}
    assert launched == {"clean", "adapt", "teach", "distill", "finetune"}


def test_a_renamed_resource_is_refused_with_its_new_name(tmp_path: Path):
    snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--dry-run"]
    smoke = ["--configfile", str(ROOT / "config" / "experiments" / "smoke.yaml")]
    options = [*smoke, "--profile", str(PROFILES / "local.yaml"), "--set-resources", "teach:writer=vllm"]
    done = subprocess.run([*snakemake, *options], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0 and "`writer` was renamed: write `generator`" in done.stdout + done.stderr
