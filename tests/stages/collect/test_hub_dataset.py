"""A data set of several configurations, as PARCOMED's card has them, through the hub's own protocol and by hand."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import COMMIT, NONE, Hub, hub_with
from serving import collected

from alambic.data import downloads
from alambic.errors import UserError

NAME = "HealthDataHub/PARCOMED"
CARD = """---
license: cc-by-4.0
configs:
- config_name: finetuning
  default: true
  data_files:
  - {split: train, path: finetuning/train-*}
- config_name: instruction-tuning
  data_files:
  - {split: train, path: instruction-tuning/train-*}
---
# PARCOMED
"""


def parquet(**columns: list[str]) -> bytes:
    written = BytesIO()
    pq.write_table(pa.table(columns), written)
    return written.getvalue()


FILES = {
    "README.md": CARD.encode(),
    "finetuning/train-00000-of-00002.parquet": parquet(input=["Un.", "Deux."], source=["a", "b"]),
    "finetuning/train-00001-of-00002.parquet": parquet(input=["Trois."], source=["c"]),
    "instruction-tuning/train-00000-of-00001.parquet": parquet(instruction=["Dis."], output=["Oui."]),
}

# What a job does, in a process of its own: the hub's library reads the address of the hub when it is loaded.
PROGRAM = """
import json, sys
from alambic.stages.collect.sources.hub_dataset import fetch
from alambic.errors import UserError
for options in json.loads(sys.argv[1]):
    try:
        print(json.dumps([(one.id, one.text, one.metadata) for one in fetch(**options)]))
    except UserError as error:
        print(json.dumps(str(error)))
"""


def asked_of(hub: Hub, folder: Path, *options: dict[str, str]) -> list[list | str]:
    """Give, for each of `options`, what the source yields or the error that it raises."""
    common = {"dataset": NAME, "revision": COMMIT, "licence": "CC-BY-4.0", "text_column": "input"}
    asked = json.dumps([{**common, **own} for own in options])
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(folder / "hf"),
        "ALAMBIC_DOWNLOADS": str(folder / "downloads"),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, asked], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_configurations_are_read_through_a_hub_that_falters(tmp_path: Path) -> None:
    with hub_with(NAME, FILES) as hub:
        hub.faults = [(429, {"Retry-After": "0"}), (503, {}), NONE, (500, {}), (503, {})]
        first, second, no_configuration, no_split, no_commit = asked_of(
            hub,
            tmp_path,
            {"configuration": "finetuning"},
            {"configuration": "instruction-tuning", "text_column": "output"},
            {"configuration": "pretraining"},
            {"configuration": "finetuning", "split": "test"},
            {"dataset": f"{NAME}_research_only", "configuration": "finetuning"},
        )
        assert not hub.faults
        parts = [path for method, path, part in hub.asked if part and path.endswith(".parquet")]
        assert len(parts) >= 3, "files are read by parts, as a stream"
        assert not any("/resolve/main" in path or "/tree/main" in path for _, path, _ in hub.asked)
    assert first == [
        ["finetuning/train/0", "Un.", {"source": "a"}],
        ["finetuning/train/1", "Deux.", {"source": "b"}],
        ["finetuning/train/2", "Trois.", {"source": "c"}],
    ]
    assert second == [["instruction-tuning/train/0", "Oui.", {"instruction": "Dis."}]]
    assert "'pretraining' not found. Available: ['finetuning', 'instruction-tuning']" in no_configuration
    assert "Bad split: test. Available splits: ['train']" in no_split
    assert f"hf download --repo-type dataset {NAME}_research_only --revision {COMMIT}" in no_commit


def test_configurations_brought_by_hand_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    for name, content in FILES.items():
        path = tmp_path / f"{NAME.replace('/', '--')}-{COMMIT[:12]}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    options = {"dataset": NAME, "revision": COMMIT, "licence": "CC-BY-4.0"}
    found = collected("hub_dataset", configuration="instruction-tuning", text_column="output", **options)
    assert [(one.id, one.text) for one in found] == [("instruction-tuning/train/0", "Oui.")]
    found = collected("hub_dataset", configuration="finetuning", text_column="input", **options)
    assert [one.text for one in found] == ["Un.", "Deux.", "Trois."]
    with pytest.raises(UserError, match="no column 'text'; its columns: input, source"):
        collected("hub_dataset", configuration="finetuning", **options)
