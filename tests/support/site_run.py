"""A workflow of jobs that sleep, with the project's own rules of resumption and a production profile's options."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from bare_manifest import bare_manifest, fingerprint
from slurm_cluster import ROOT, SCRIPT, Cluster

SNAKEFILE = """
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path({root!r})
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/support")]
from snakemake.exceptions import WorkflowError
from alambic.jobs.folder_lock import try_lock, unlock
from alambic.jobs.in_progress import head_folder
from bare_manifest import bare_manifest, fingerprint
record_plan = lambda plan: None
write_plan = lambda plan: None
planned = "plan.json"


class Plan(dict):
    experiment = SimpleNamespace(name=config["name"])
    results = Path("results") / config["name"]


def artifact(name):
    folder = Path("artifacts/clean") / name / fingerprint(name)[:16]
    return SimpleNamespace(folder=folder, manifest=folder / "manifest.json")


def stamp(step):
    return f"results/{{plan.experiment.name}}/.{{step}}"


plan = Plan({{f"clean/{{name}}": artifact(name) for name in config["items"].split()}})


rule all:
    localrule: True
    input: [str(each.manifest) for each in plan.values()]


rule clean:
    output: "artifacts/clean/{{item}}/{{fingerprint}}/manifest.json"
    params: manifest=lambda wildcards: bare_manifest(wildcards.item)
    shell: "echo {{wildcards.item}} $SLURM_JOB_ID >> ran; sleep {{config[seconds]}}; {{config[then]}};"
           " printf %s {{params.manifest:q}} > {{output}}"


include: ROOT / "workflow/rules/resume.smk"
"""


def write_workflow(folder: Path, **resources: int | str) -> None:
    """Write the workflow, and the options of the production profile `generic` with these resources."""
    folder.mkdir(exist_ok=True)
    (folder / "Snakefile").write_text(SNAKEFILE.format(root=str(ROOT)))
    site = yaml.safe_load((ROOT / "profiles/slurm/generic.yaml").read_text())
    site["default-resources"] |= {"slurm_account": "abc", "slurm_partition": "cpus", "runtime": 20} | resources
    del site["set-resources"], site["set-threads"]
    (folder / "site.yaml").write_text(yaml.safe_dump(site, sort_keys=False))


@dataclass
class Site:
    """A folder on a cluster, and the heads that run in it."""

    cluster: Cluster
    folder: Path
    python: Path = Path(sys.executable)
    heads: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def prepare(cls, cluster: Cluster, folder: Path, **resources: int | str) -> "Site":
        """Write the workflow, and a production profile's options with resources of the cluster."""
        write_workflow(folder, **{"slurm_account": "team-a", "slurm_partition": "work", **resources})
        return cls(cluster, folder)

    def start(
        self, name: str, items: str, *, seconds: float = 0, then: str = "true", **variables: str
    ) -> subprocess.Popen[str]:
        """Start a head that wants these items."""
        quickly = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"]
        given = [f"name={name}", f"items={items}", f"seconds={seconds}", f"then={then}"]
        command = [self.python, "-m", "snakemake", "--profile", "site.yaml", *quickly]
        command += ["--workflow-profile", str(ROOT / "profiles/default"), "--config", *given]
        with self.log(len(self.heads)).open("w") as stream:
            head = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.cluster.environment, **variables},
                stdout=stream,
                stderr=stream,
                text=True,
            )
        self.heads.append(head)
        return head

    def finish_beforehand(self, item: str) -> None:
        """Make an item's result by hand."""
        folder = self.folder / "artifacts/clean" / item / fingerprint(item)[:16]
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(bare_manifest(item))

    def log(self, number: int = -1) -> Path:
        """What a head says."""
        return self.folder / f"head-{number % max(len(self.heads), 1) if number < 0 else number}.log"

    def ran(self) -> list[str]:
        """The items at which jobs began, once for each job."""
        path = self.folder / "ran"
        return sorted(line.split()[0] for line in path.read_text().splitlines()) if path.exists() else []

    def queue(self) -> dict[str, str]:
        """The comment of each of this folder's jobs, by its number."""
        shown = self.cluster.run("squeue", "--noheader", "--format=%A|%Z|%k").stdout.splitlines()
        rows = [line.split("|") for line in shown]
        return {row[0]: row[2] for row in rows if row[1] == str(self.folder)}

    def wait_until(self, what: Callable[[], bool], *, seconds: float = 90) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        """All that the heads said, for a failure."""
        logs = [self.log(number) for number in range(len(self.heads))]
        return "\n".join(f"== {path.name}\n{path.read_text()[-4000:]}" for path in logs)

    def act(self, action: str) -> None:
        """Have the cluster's script kill or start something."""
        subprocess.run(
            [SCRIPT, action, self.cluster.folder],
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
