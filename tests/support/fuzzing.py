"""What tests with generated input share: the mark by which `make fuzz` finds them, and how many examples each takes."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import hypothesis
import pytest

Test = TypeVar("Test", bound=Callable[..., Any])
SECONDS = int(os.environ.get("FUZZ_SECONDS", "900"))


def fuzz(test: Test) -> Test:
    """Mark a test for `make fuzz`, which takes as many seconds for it as are wanted."""
    marked: Test = pytest.mark.timeout(SECONDS)(pytest.mark.fuzz(test))
    return marked


def examples(few: int) -> int:
    """Give how many examples a slow test takes: `few`, and in `make fuzz` as many as every other one."""
    return hypothesis.settings().max_examples if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else few
