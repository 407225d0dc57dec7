"""What tests share: where the checkout is, and the data that some of them read."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEST_DATA = Path(os.environ.get("ALAMBIC_TEST_DATA", ROOT.parent / "shared" / "corpora"))

# Tests run side by side on few cores: one thread each keeps them quick, and results the same.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def test_data() -> Path:
    """Give the folder of French medical corpora, which is not part of the project."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"no data at {TEST_DATA}: set ALAMBIC_TEST_DATA to a folder with quaero/, e3c_cases/...")
    return TEST_DATA
