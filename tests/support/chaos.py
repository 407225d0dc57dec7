"""A distillation on the virtual cluster that can be disturbed, and compared with one that was not."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import yaml
from cluster_run import ROOT, start_head, take_artifacts, write_site
from slurm_cluster import SCRIPT, Cluster

from alambic.jobs.attempts import read_attempts
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

SAVE_EVERY = 2  # seconds
HEAD_PATIENCE = 1800
EPOCHS = 4


@dataclass
class Student:
    """One distillation of 2 nodes x 2 ranks in a folder of its own, and the head process that wants it."""

    cluster: Cluster
    folder: Path
    runtime: int = 20  # minutes
    head: subprocess.Popen[str] | None = None
    heads: list[int] = field(default_factory=list)  # exit statuses
    started: int = 0  # heads

    @classmethod
    def prepare(
        cls, cluster: Cluster, folder: Path, upstream: Path, *, runtime: int = 20, epochs: int = EPOCHS
    ) -> "Student":
        """Link what the distillation reads from a finished run of `smoke`; nothing of it is written to."""
        folder.mkdir(exist_ok=True)
        take_artifacts(upstream, folder, but=("distill", "finetune", "predict", "evaluate", "report"))
        experiment = yaml.safe_load((ROOT / "config/experiments/smoke.yaml").read_text())
        experiment["distill"]["student"]["epochs"] = epochs
        (folder / "experiment.yaml").write_text(yaml.safe_dump(experiment, sort_keys=False))
        # No early signal: the training knows its end by itself.
        own = {"checkpoint_seconds": SAVE_EVERY, "runtime": runtime, "slurm_extra": "--hint=nomultithread"}
        write_site(folder, "distill", retries=2, **own)
        return cls(cluster, folder, runtime)

    @property
    def artifact(self) -> Path:
        """Where the student will be."""
        return self.folder / Plan(load_experiment(str(self.folder / "experiment.yaml")))["distill/student"].folder

    def start(self, *, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start a head, as the user's command does."""
        target = (self.artifact / "manifest.json").relative_to(self.folder)
        log = self.folder / f"head-{self.started}.log"
        self.started += 1
        self.head = start_head(
            self.cluster, self.folder, target, ROOT, self.folder / "experiment.yaml", log=log, prefix=prefix
        )
        return self.head

    def finish(self) -> None:
        """Wait for the head; where it failed, give the same command again, as the user would."""
        for _ in range(4):
            assert self.head is not None
            self.heads.append(self.head.wait(timeout=HEAD_PATIENCE))
            if self.heads[-1] == 0:
                return
            self.start()
        raise AssertionError(self.logs())

    def logs(self) -> str:
        """What heads and job said, for a failure."""
        parts = [*sorted(self.folder.glob("head-*.log")), self.artifact / "log.txt", self.artifact / "attempts.jsonl"]
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in parts if path.exists())

    def steps(self) -> list[dict[str, float]]:
        """The journal, but for a line that is being written."""
        path = self.artifact / "metrics.jsonl"
        whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
        return [json.loads(line) for line in whole.splitlines()]

    def wait_for_step(self, step: int) -> None:
        """Wait until the training has taken a step and saved a checkpoint."""
        end = time.monotonic() + 900
        while not (found := self.steps()) or found[-1]["step"] < step or not self.checkpoints():
            assert time.monotonic() < end, self.logs()
            time.sleep(0.1)

    def checkpoints(self) -> list[Path]:
        """Whole checkpoints, in the order of their steps."""
        found = (self.artifact / ".checkpoints").glob("step*")
        return sorted(found, key=lambda path: int(path.name.removeprefix("step")))

    def job(self) -> str:
        """Number of the job at work."""
        shown = self.cluster.run("squeue", "--noheader", "--me", "--format", "%A|%T|%Z").stdout.splitlines()
        rows = [line.split("|") for line in shown]
        return next(number for number, state, where in rows if state == "RUNNING" and where == str(self.folder))

    def processes(self, word: str) -> list[int]:
        """Processes whose command names both `word` and this folder's artifact; its ranks, for instance."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                inside = path.with_name("cwd").readlink() == self.folder
            except OSError:
                continue
            if inside and word in command:
                found.append(int(path.parts[2]))
        return sorted(found)

    def ranks(self) -> list[int]:
        """The training's own processes."""
        return [pid for pid in self.processes("--unsupervised") if comm(pid).startswith("python")]

    def weights(self) -> str:
        """Digest of the student's weights."""
        return hashlib.sha256((self.artifact / "model.safetensors").read_bytes()).hexdigest()

    def lost(self) -> tuple[int, float, float]:
        """Steps that were taken again, the seconds that they had cost, and the longest pause between two steps."""
        attempts = read_attempts(self.artifact)
        steps = sum(max(0, (one.to_step or 0) - two.from_step) for one, two in pairwise(attempts))
        times = [line["time"] for line in self.steps()]
        pace = sorted(two - one for one, two in pairwise(times))
        return steps, steps * pace[len(pace) // 2], pace[-1]

    def pace(self) -> tuple[float, float]:
        """Seconds from the job's start to its first step, and those of a step."""
        begun = datetime.fromisoformat(read_attempts(self.artifact)[0].started).timestamp()
        times = [line["time"] for line in self.steps()]
        return times[0] - begun, (times[-1] - times[0]) / (len(times) - 1)

    def leftovers(self, *, patience: float = 180) -> list[str]:
        """What should not be there once all is done: processes, owners, checkpoints, files half written."""
        end = time.monotonic() + patience  # the result is there a little before the job's last process has gone
        while (found := self._leftovers()) and time.monotonic() < end:
            time.sleep(1)
        return found

    def _leftovers(self) -> list[str]:
        hidden = [path.name for path in self.artifact.glob(".*") if path.name != ".manifest"]
        logs = [name for name in hidden if name.startswith(".log-")]
        return [*(name for name in hidden if name not in logs), *(str(pid) for pid in self.processes("alambic"))]

    def node(self, action: str, name: str) -> None:
        """Kill the daemon of a virtual node, or start it again."""
        subprocess.run([SCRIPT, action, self.cluster.folder, "--node", name], check=True, timeout=60)


@contextlib.contextmanager
def tabled(*header: str) -> Iterator[list[tuple[str, ...]]]:
    """Give the rows of a table, print them in the end, and add them to the file CHAOS_TABLE."""
    rows = [header, ("---",) * len(header)]
    yield rows
    text = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    sys.stdout.write(f"\n{text}")
    if "CHAOS_TABLE" in os.environ:
        with Path(os.environ["CHAOS_TABLE"]).open("a") as stream:
            stream.write(f"{text}\n")


def comm(pid: int) -> str:
    """A process's short name."""
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def kill(*pids: int) -> None:
    """Kill -9, of those that still run."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
