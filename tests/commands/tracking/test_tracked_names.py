"""Whatever a study calls things, MLflow takes their names, and none of two that differ is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import MAX_ENTITY_KEY_LENGTH, _validate_metric_name, _validate_param_name

from alambic.commands.tracking.content import flatten

pytestmark = pytest.mark.fuzz

KEYS = st.text(max_size=12) | st.text("./ae\u0301é:-_ ", max_size=6) | st.text("x", min_size=240, max_size=260)
CONTENTS = st.recursive(st.integers(0, 9), lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4))


def count(content: Any) -> int:
    return sum(map(count, content.values())) if isinstance(content, dict) else 1


@given(content=st.dictionaries(KEYS, CONTENTS, min_size=1, max_size=4), prefix=st.sampled_from(["", "facts"]))
def test_every_value_keeps_a_name_that_mlflow_takes(content: dict[str, Any], prefix: str) -> None:
    flat = flatten(content, prefix)
    assert len(flat) == count(content)
    for name in flat:
        _validate_metric_name(name)
        _validate_param_name(name)
        assert len(name) <= MAX_ENTITY_KEY_LENGTH
