"""One run of one stage, started as the rules start it: it leaves a whole artifact, or none, and says why."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alambic.data.manifest import Manifest
from alambic.planning.artifact import fingerprint, short, sources_of
from alambic.planning.plan import Plan
from alambic.settings import Collect, read_experiment


def stage(settings: Collect, work: Path) -> tuple[subprocess.CompletedProcess, Path]:
    """Run `collect` in `work`, into the folder that the plan would give it."""
    whole = fingerprint("collect", settings, sources_of("collect", settings), {})
    output = work / "artifacts" / "collect" / "item" / short(whole) / "manifest.json"
    command = [sys.executable, "-m", "alambic", "collect", "--settings", settings.model_dump_json()]
    done = subprocess.run(
        [*command, "--output", output], cwd=work, env=os.environ, capture_output=True, text=True, check=False
    )
    return done, output


def local_source(folder: Path, text: str) -> Collect:
    """Make a local source of one file of JSON lines."""
    folder.mkdir(exist_ok=True)
    (folder / "texts.jsonl").write_text(text)
    digest = subprocess.run(
        [sys.executable, "-m", "alambic", "digest", folder], capture_output=True, text=True, check=True
    ).stdout.strip()
    return Collect(source="folder", path=str(folder), digest=digest, licence="CC0-1.0", name="mine")


def test_a_finished_stage_vouches_for_its_files(tmp_path):
    done, output = stage(local_source(tmp_path / "texts", '{"text": "Toux grasse."}\n'), tmp_path)
    assert done.returncode == 0, done.stderr
    record = Manifest.read(output)
    assert record.item == "item" and record.facts["documents"] == 1
    assert record.files == {"documents-00000.parquet": (output.parent / "documents-00000.parquet").stat().st_size}
    assert record.run["seconds"] >= 0 and record.run["peak_memory_mb"] > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "texts"), ('{"text": 3}\n{"text": "a"', "texts.jsonl"), ('{"other": "a"}\n', "text")],
    ids=["an empty source", "a line cut short", "no text"],
)
def test_a_bad_source_is_one_error_and_no_artifact(tmp_path, text, expected):
    done, output = stage(local_source(tmp_path / "texts", text), tmp_path)
    assert done.returncode == 1 and expected in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()


def test_a_folder_that_changed_is_refused_with_its_digest(tmp_path):
    settings = local_source(tmp_path / "texts", '{"text": "Toux grasse."}\n')
    (tmp_path / "texts" / "texts.jsonl").write_text('{"text": "Toux sèche."}\n')
    done, output = stage(settings, tmp_path)
    assert done.returncode == 1 and settings.options["digest"] in done.stderr
    assert not output.exists()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounting a small disk needs root")
def test_a_full_disk_is_one_error_and_a_clean_retry(tmp_path):
    lines = "".join(json.dumps({"text": os.urandom(200).hex()}) + "\n" for _ in range(2000))
    settings = local_source(tmp_path / "texts", lines)
    work = tmp_path / "small"
    work.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", work], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        done, output = stage(settings, work)
        assert done.returncode == 1 and "no space left" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr and not output.exists()
        subprocess.run(["mount", "-o", "remount,size=20m", work], check=True)
        done, output = stage(settings, work)
        assert done.returncode == 0 and output.exists(), done.stderr
    finally:
        subprocess.run(["umount", work], check=True)


def test_places_are_not_part_of_an_identity(tmp_path):
    one = local_source(tmp_path / "here", '{"text": "Toux grasse."}\n')
    other = Collect(**{**one.options, "source": "folder", "path": "/elsewhere"})
    plans = [
        Plan(read_experiment({"name": "x", "collect": {"a": {"source": "folder", **settings.options}}}))
        for settings in (one, other)
    ]
    assert plans[0]["collect/a"].fingerprint == plans[1]["collect/a"].fingerprint
