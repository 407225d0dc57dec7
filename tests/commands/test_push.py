"""`push`: what was released goes up whole, for its owner alone unless he says otherwise; what changed does not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from upload_hub import TOKEN, UploadHub, upload_hub

from alambic.data.sums_file import write_sums

FILES = {"config.json": "{}", "README.md": "---\nlanguage: fr\n---\n# x\n", "onnx/model.onnx": "poids" * 9}


@pytest.fixture
def hub() -> Iterator[UploadHub]:
    with upload_hub() as running:
        yield running


@pytest.fixture
def released(tmp_path: Path) -> Path:
    folder = tmp_path / "artifacts" / "release" / "entities-fr" / ("0" * 16) / "model"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    write_sums(folder)
    (folder.parent / "manifest.json").write_text("{}")
    (folder / "notes.txt").write_text("of this machine")
    return folder


def push(work: Path, *arguments: object, hub: UploadHub, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """Run the command; the server speaks LFS, not xet."""
    endpoint = {"HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-m", "alambic", "push", *map(str, arguments)]
    environment = {**os.environ, **endpoint, "HF_HOME": str(work / "hf")}
    return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)


def test_the_released_files_go_up_and_no_others(released: Path, tmp_path: Path, hub: UploadHub):
    done = push(tmp_path, "release/entities-fr", "hospital/entities-fr", hub=hub)
    assert done.returncode == 0, done.stderr
    up = {name: content.decode() for name, content in hub.files["hospital/entities-fr"].items()}
    assert up == {**FILES, "SHA256SUMS": (released / "SHA256SUMS").read_text()}
    assert hub.private == {"hospital/entities-fr": True} and "private" in done.stderr
    again = push(tmp_path, released, "hospital/entities-fr", hub=hub)
    assert again.returncode == 0, again.stderr


def test_what_cannot_be_is_one_error(released: Path, tmp_path: Path, hub: UploadHub):
    refused = push(tmp_path, released, "hospital/x", hub=hub, token="hf_wrong")
    assert refused.returncode == 1 and "HF_TOKEN" in refused.stderr and "Traceback" not in refused.stderr
    (released / "config.json").write_text("{ }")
    changed = push(tmp_path, released, "hospital/x", "--public", hub=hub)
    assert changed.returncode == 1 and "config.json is not as it was released" in changed.stderr
    (released / "SHA256SUMS").unlink()
    assert "only what the stage `release` made" in push(tmp_path, released, "hospital/x", hub=hub).stderr
    assert not hub.files and not hub.private
