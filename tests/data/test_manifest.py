"""A damaged manifest is named, with the remedy, however it is damaged."""

import json

import pytest

from alambic.data.manifest import Manifest
from alambic.errors import UserError

WHOLE = Manifest("clean", "medical", "0" * 64, {}, {}, {"alambic.stages.clean.run": "1"}, {"source": ["2"]})


def test_what_was_written_is_read(tmp_path):
    (tmp_path / "manifest.json").write_text(WHOLE.dump())
    assert Manifest.read(tmp_path / "manifest.json") == WHOLE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        json.dumps({**json.loads(WHOLE.dump()), "sources": None}).encode(),
        json.dumps({**json.loads(WHOLE.dump()), "inputs": {"source": None}}).encode(),
        json.dumps({**json.loads(WHOLE.dump()), "fingerprint": 3}).encode(),
        json.dumps({**json.loads(WHOLE.dump()), "unknown": 3}).encode(),
    ],
)
def test_a_damaged_one_is_named(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(UserError, match=r"manifest\.json is damaged .*remove its folder"):
        Manifest.read(tmp_path / "manifest.json")


def test_a_folder_in_its_place_is_named(tmp_path):
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(UserError, match="is damaged"):
        Manifest.read(tmp_path / "manifest.json")
