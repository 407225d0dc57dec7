"""`make` in a checkout whose path, and with files whose names, a shell would take apart."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORDER = '#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done >> "$CALLS"; echo "site=$ALAMBIC_SITE" >> "$CALLS"\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with the Makefile, and programs that write down what they are asked."""
    folder = tmp_path / "mes données d'été, (1) & co"
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("snakemake", "python", "mlflow"):
        (programs / name).write_text(RECORDER)
        (programs / name).chmod(0o755)
    (folder / ".venv" / "ready").touch()
    for path in ("mes essais/un été.yaml", "mes sites/à nous.yaml"):
        (folder / path).parent.mkdir()
        (folder / path).write_text("")
    return folder


def make(checkout: Path, *arguments: str) -> list[str]:
    calls = checkout.parent / "calls"
    calls.unlink(missing_ok=True)
    environment = {**os.environ, "CALLS": str(calls)}
    done = subprocess.run(["make", *arguments], cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return calls.read_text().splitlines()


def run(checkout: Path, *arguments: str) -> list[str]:
    """Give what Snakemake was asked, after the question whether the run may start."""
    asked = make(checkout, "run", *arguments)
    return asked[asked.index("--configfile") :]


def test_names_are_looked_up_where_they_were(checkout: Path):
    asked = run(checkout, "EXPERIMENT=partages", "SITE=slurm/generic")
    assert asked[:4] == ["--configfile", "config/experiments/partages.yaml", "--profile", "profiles/slurm/generic.yaml"]
    assert asked[-1] == "site=slurm/generic"
    assert run(checkout)[:4] == [
        "--configfile",
        "config/experiments/demo.yaml",
        "--profile",
        "profiles/local.yaml",
    ]


def test_paths_are_taken_whole(checkout: Path):
    experiment, site = "mes essais/un été.yaml", "mes sites/à nous.yaml"
    asked = run(checkout, f"EXPERIMENT={experiment}", f"SITE={site}")
    assert asked == ["--configfile", experiment, "--profile", site, "--logger", "alambic", f"site={site}"]
    absolute = str(checkout / site)
    assert absolute in run(checkout, f"EXPERIMENT={experiment}", f"SITE={absolute}")
    assert make(checkout, "doctor", f"SITE={site}")[2:5] == ["doctor", "--site", site]
    assert experiment in make(checkout, "plan", f"EXPERIMENT={experiment}")
    assert experiment in make(checkout, "fetch", f"EXPERIMENT={experiment}")


@pytest.mark.parametrize("stage", ["collect", "clean", "fetch"])
def test_make_fuzz_finds_the_tests_with_generated_input(stage: str) -> None:
    for path in sorted((ROOT / "tests" / "stages" / stage).glob("test_*.py")):
        for test in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            decorators = {ast.unparse(one) for one in getattr(test, "decorator_list", ())}
            if any(one.startswith("given(") for one in decorators):
                assert "fuzz" in decorators, f"{path.name}, {test.name}: `make fuzz` passes it over"
        assert "max_examples=" not in path.read_text(encoding="utf-8").replace("max_examples=examples(", "")


def test_a_python_that_is_too_old_is_told_at_once_with_the_version_wanted(checkout: Path):
    shutil.rmtree(checkout / ".venv")
    old = checkout / "python 3.9"
    program = "import sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (main)'; exec(sys.argv[1])"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{program}" "$2"\n')
    old.chmod(0o755)
    for python, said in ((old, "is 3.9.2"), ("/no/python", "no /no/python here")):
        command = ["make", "demo", f"PYTHON={python}"]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
        assert done.returncode and "Python 3.11 or newer" in done.stderr and said in done.stderr
        assert len(done.stderr.splitlines()) == 2, "the message, and make's own last word"
        assert not (checkout / ".venv").exists()
    program = "import sys; sys.version_info = (3, 9, 2, 'final', 0); import alambic"
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True)
    assert done.returncode == 1 and b"needs Python 3.11 or newer; this is 3.9" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_run_takes_options_of_snakemake_and_shows_the_console(checkout: Path):
    asked = make(checkout, "run", "OPTIONS=-n --set-threads teach=1")
    assert asked[4:9] == ["--logger", "alambic", "-n", "--set-threads", "teach=1"], "a dry run asks nothing before"


def test_a_run_is_asked_for_before_it_starts_and_scripts_say_yes(checkout: Path):
    question = ["-m", "alambic", "confirm", "config/experiments/demo.yaml", "--site", "profiles/local.yaml"]
    assert make(checkout, "run")[:6] == question
    assert make(checkout, "run", "YES=1")[:8] == [*question, "--options=", "--yes"]
    threads = "--set-threads teach=1 distill=1"
    assert f"--options={threads}" in make(checkout, "run", f"OPTIONS={threads}")
    assert f"--options={threads}" in make(checkout, "plan", f"OPTIONS={threads}"), "the plan is that of the run"
    assert any("teach=1" in word for word in make(checkout, "demo") if word.startswith("--options="))
    (checkout / ".venv/bin/python").write_text("#!/bin/sh\nexit 1\n")
    done = subprocess.run(["make", "run"], cwd=checkout, env={**os.environ, "CALLS": "/dev/null"}, capture_output=True)
    assert done.returncode and b"--configfile" not in done.stdout
