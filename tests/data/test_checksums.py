"""How much of the content of files is looked into, as a site sets it."""

import hashlib

import pytest

from alambic.data import checksums
from alambic.data.checksums import Interrupted, Verification, checksum, sample
from alambic.errors import UserError


def test_a_checksum_is_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 3_000_001)
    (tmp_path / "b").write_bytes(b"")
    expected = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a", "b")}
    assert checksums.checksums(tmp_path, ["a", "b"]) == expected


def test_a_process_that_is_asked_to_stop_stops(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(Interrupted):
        checksum(tmp_path / "a", is_stopped=lambda: True)


def test_everything_is_checked_unless_the_site_says_otherwise(monkeypatch):
    monkeypatch.delenv("ALAMBIC_VERIFY", raising=False)
    assert Verification.of_site() is Verification.FULL
    monkeypatch.setenv("ALAMBIC_VERIFY", "sizes")
    assert Verification.of_site() is Verification.SIZES
    monkeypatch.setenv("ALAMBIC_VERIFY", "half")
    with pytest.raises(UserError, match="ALAMBIC_VERIFY=half: expected one of full, sample, sizes"):
        Verification.of_site()


def test_a_sample_is_bounded_and_readers_draw_different_ones(monkeypatch):
    monkeypatch.setattr(checksums, "SAMPLE", 10)
    sizes = {f"f{number:03d}": 1 for number in range(100)}
    drawn = [sample(sizes, seed=str(number)) for number in range(200)]
    assert 8 < sum(map(len, drawn)) / 200 < 12
    assert sample(sizes, seed="a") == sample(sizes, seed="a") != sample(sizes, seed="b")
    assert set().union(*drawn) == set(sizes)  # whatever is damaged is found in time
    assert sample({"small": 3}, seed="a") == ["small"]
