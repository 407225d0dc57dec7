"""Rows of unequal lengths come back as they were, and only whole."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alambic.data.ragged_array import Field, open_or_write

FIELDS = {"ids": Field("tokens", np.int32), "flags": Field("tokens", np.bool_), "states": Field("heard", np.int8, 3)}


def row(tokens, heard, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "ids": generator.integers(0, 100, tokens),
        "flags": generator.random(tokens) < 0.5,
        "states": generator.integers(-9, 9, (heard, 3)),
    }


@given(sizes=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=20))
@settings(deadline=None, max_examples=30)
def test_rows_come_back(tmp_path_factory, sizes):
    rows = [row(tokens, heard, place) for place, (tokens, heard) in enumerate(sizes)]
    found = open_or_write(tmp_path_factory.mktemp("rows") / "r", FIELDS, rows, lambda: {"rows": len(rows)}, write=True)
    assert len(found) == len(rows) and found.facts == {"rows": len(rows)}
    assert found.lengths("tokens").tolist() == [tokens for tokens, _ in sizes]
    for place, expected in enumerate(rows):
        assert all(np.array_equal(found[place][name], values) for name, values in expected.items())


def test_what_an_attempt_left_half_written_is_written_again(tmp_path):
    def dying():
        yield row(3, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_or_write(tmp_path / "r", FIELDS, dying(), dict, write=True)
    found = open_or_write(tmp_path / "r", FIELDS, [row(2, 2), row(1, 0)], dict, write=True)
    assert found.lengths("tokens").tolist() == [2, 1]


def test_what_is_whole_is_not_asked_for_again(tmp_path):
    open_or_write(tmp_path / "r", FIELDS, [row(2, 2)], dict, write=True)

    def never():
        raise AssertionError
        yield

    assert len(open_or_write(tmp_path / "r", FIELDS, never(), dict, write=True)) == 1


def test_a_process_that_does_not_write_waits(tmp_path):
    code = (
        "import sys, numpy as np; from pathlib import Path; from alambic.data.ragged_array import Field, open_or_write;"
        "print(len(open_or_write(Path(sys.argv[1]), {'ids': Field('tokens', np.int32)}, [], dict, write=False)))"
    )
    waiting = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "r")], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    open_or_write(tmp_path / "r", {"ids": FIELDS["ids"]}, [{"ids": np.arange(3)}] * 4, dict, write=True)
    assert waiting.communicate(timeout=300)[0].strip() == "4"


def test_memory_does_not_grow_with_the_rows(tmp_path):
    """Half a gigabyte of rows is written and read with a quarter of that in memory."""
    code = (
        "import resource, sys, numpy as np; from pathlib import Path;"
        "from alambic.data.ragged_array import Field, open_or_write;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "rows = ({'ids': np.full(2**17, n)} for n in range(1000));"
        "found = open_or_write(Path(sys.argv[1]), {'ids': Field('tokens', np.int32)}, rows, dict, write=True);"
        "assert len(found) == 1000 and (found[999]['ids'] == 999).all();"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "r")], capture_output=True, text=True, check=True)
    assert (tmp_path / "r" / "ids").stat().st_size == 4 * 2**17 * 1000
    assert int(done.stdout) < 128
