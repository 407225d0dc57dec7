"""What tests share: where the checkout is, the data that some read, and one real run of the workflow."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
import yaml
from filelock import FileLock

# A test that is late on a busy machine has not failed. The same code always meets the same examples, so that what fails
# has changed. `make fuzz` looks for new ones, as many as FUZZ_EXAMPLES says for each test.
hypothesis.settings.register_profile("default", deadline=None, derandomize=True)
hypothesis.settings.register_profile(
    "fuzz", deadline=None, max_examples=int(os.environ.get("FUZZ_EXAMPLES", "2000")), print_blob=True
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

ROOT = Path(__file__).parents[1]
TEST_DATA = Path(os.environ.get("ALAMBIC_TEST_DATA", ROOT.parent / "shared" / "corpora"))
WORKFLOW = ("Snakefile", "workflow", "profiles", "config", "scripts", "src")

# What takes minutes, the longest first: begun last, it would end alone.
LONGEST = ("test_slurm", "test_workflow", "test_head_job", "test_recovery", "test_extending")

# Tests run side by side on few cores: one thread each keeps them quick, and results the same.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A tracker beside each of their runs would take the cores; tests of it set this otherwise.
os.environ.setdefault("ALAMBIC_LIVE", "no")
# Downloads are checked by content, so every test and the demo may share them.
os.environ.setdefault("ALAMBIC_DOWNLOADS", str(ROOT / "downloads"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow tests before quick ones; the tests of a file stay together, in their order."""

    def place(item: pytest.Item) -> tuple[bool, int]:
        name = item.path.stem
        return item.get_closest_marker("slow") is None, LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.fixture
def test_data() -> Path:
    """Give the folder of French medical corpora, which is not part of the project."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"no data at {TEST_DATA}: set ALAMBIC_TEST_DATA to a folder with quaero/, e3c_cases/...")
    return TEST_DATA


@pytest.fixture(scope="module")
def single_precision() -> Iterator[None]:
    """On a GPU a causal teacher is read in bf16 where there is one: here as formulas are, in single precision."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alambic.models.device.torch.cuda.is_bf16_supported", lambda *_, **__: False)
        yield


@dataclass(frozen=True)
class Checkout:
    """A copy of the project's code, and a folder in which its workflow runs."""

    code: Path
    work: Path
    config: Path

    @property
    def experiment(self) -> dict:
        """The experiment, to be changed."""
        return yaml.safe_load(self.config.read_text())

    def write(self, experiment: dict) -> None:
        """Change the experiment."""
        self.config.write_text(yaml.safe_dump(experiment, sort_keys=False))

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the code, at a place that must be there."""
        path = self.code / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1))

    def snakemake(self, *arguments: str, profile: str = "local", **environment: str) -> subprocess.CompletedProcess:
        """Run the real Snakemake."""
        command = [
            *(sys.executable, "-m", "snakemake", "--snakefile", self.code / "Snakefile"),
            *("--directory", self.work, "--configfile", self.config),
            *("--profile", self.code / "profiles" / f"{profile}.yaml", *arguments),
        ]
        env = {**os.environ, **environment}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=1200, check=False)

    def jobs(self, *arguments: str) -> dict[str, int]:
        """Count, by rule, the jobs that would run."""
        done = self.snakemake("--dry-run", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = iter((done.stdout + done.stderr).splitlines())
        found: dict[str, int] = {}
        for line in lines:
            if line.startswith("-----"):
                for row in lines:
                    if not row.split() or row.startswith("total"):
                        return found
                    rule, count = row.split()
                    found[rule] = int(count)
        return found

    def copy(self, folder: Path, *, work: Path | None = None) -> "Checkout":
        """Copy the code and the experiment; the run's folder stays the same, unless another is given."""
        code = folder / "code"
        shutil.copytree(self.code, code, ignore=shutil.ignore_patterns("__pycache__"))
        config = folder / self.config.name
        shutil.copy(self.config, config)
        return Checkout(code, work or self.work, config)


def copy_workflow(folder: Path) -> None:
    """Copy what the workflow needs of the checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in WORKFLOW:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory) -> Checkout:
    """Give a copy, this process's own, of one real run of the experiment `smoke` on this machine."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # pytest's processes side by side: whoever comes first makes it
        shared = shared.parent
    # A checkout may be anywhere: every stage runs in a path that a shell would take apart.
    made, folder = shared / "mes données d'été, (1) & co" / "smoke", tmp_path_factory.mktemp("smoke") / "smoke"
    with FileLock(shared / "smoke.lock"):
        if not made.exists():
            _run_smoke(made)
    copy_with_links(made, folder)
    return Checkout(folder / "code", folder / "work", folder / "smoke.yaml")


def copy_with_links(source: Path, target: Path) -> None:
    """Copy a folder in which files have two names, as manifests have: they have two in the copy too."""
    copies: dict[tuple[int, int], str] = {}

    def copy(old: str, new: str) -> str:
        status = os.lstat(old)
        first = copies.setdefault((status.st_dev, status.st_ino), new)
        if first == new:
            shutil.copy2(old, new)
        else:
            os.link(first, new)
        return new

    shutil.copytree(source, target, symlinks=True, copy_function=copy)


def _run_smoke(folder: Path) -> None:
    unfinished = folder.with_suffix(".unfinished")
    folder.parent.mkdir(exist_ok=True)
    shutil.rmtree(unfinished, ignore_errors=True)
    copy_workflow(unfinished / "code")
    (unfinished / "work").mkdir()
    shutil.copy(ROOT / "config" / "experiments" / "smoke.yaml", unfinished / "smoke.yaml")
    done = Checkout(unfinished / "code", unfinished / "work", unfinished / "smoke.yaml").snakemake()
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    unfinished.rename(folder)
