"""A damaged manifest is named, with the remedy, however it is damaged."""

import contextlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.data.artifact import open_artifact
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


def test_every_flipped_bit_of_a_manifest_is_found(tmp_path):
    path = tmp_path / "manifest.json"
    whole = WHOLE.dump().encode()
    for bit in range(len(whole) * 8):
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with contextlib.suppress(UserError):
            assert Manifest.read(path) == WHOLE, f"bit {bit} changed what is read"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["../x", "/x", "", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(sorted(json.loads(WHOLE.dump())))


@given(st.dictionaries(KEYS, VALUES), st.sets(KEYS))
def test_no_manifest_ends_in_a_traceback(changed, missing):
    content = {**json.loads(WHOLE.dump()), **changed}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.json"
        for own in (False, True):
            dropped = missing | (set() if own else {"checksum"})
            path.write_text(json.dumps({key: value for key, value in content.items() if key not in dropped}))
            with contextlib.suppress(UserError):
                open_artifact(path)


@pytest.mark.parametrize("text", ['{"a":' * 100_000, "[" * 100_000, '{"stage": 1e999999}', "9" * 10_000, '"\\ud800"'])
def test_json_that_is_a_trap_is_one_error(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UserError, match="is damaged"):
        Manifest.read(tmp_path / "manifest.json")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "", "a\0b"])
def test_a_manifest_names_files_of_its_folder_alone(tmp_path, name):
    (tmp_path / "manifest.json").write_text(replace(WHOLE, files={name: 1}).dump())
    with pytest.raises(UserError, match="expected a path within the folder"):
        Manifest.read(tmp_path / "manifest.json")
