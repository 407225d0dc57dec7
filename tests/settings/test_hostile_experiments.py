"""Experiments that nobody would write: each is read and planned, or ends in one error for the user. Nothing else."""

import copy
import datetime
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.settings import Experiment, read_experiment
from alambic.settings.experiment_file import EXPERIMENTS, load_experiment
from alambic.settings.parsing import parse_yaml

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(int(os.environ.get("FUZZ_SECONDS", "900")))]

SHIPPED = {path.stem: path.read_text(encoding="utf-8") for path in sorted(EXPERIMENTS.glob("*.yaml"))}
CONTENTS = [parse_yaml(text, name).content for name, text in SHIPPED.items()]
CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)
DEEP: Any = {}
for _ in range(60):
    DEEP = {"a": DEEP}

NAMES = st.sampled_from(
    [
        *("", " ", ".", "..", "a.", "-", "--delete", "a/b", "/etc/passwd", "../x", "~/x", "~nobody/x", "a b", "A", "a"),
        *("été", "e\u0301te\u0301", "а", "ﬁ", "a\u200b", "\u2028", "\x7f", "\x00", "\ud800", "\ufffe", "a\nb", "a\tb"),
        *("$x$", "$(id)", "'; id", "`id`", "<b>", "&amp;", "{item}", "{{", "%s", "*", "?", "\\", '"', "a:b", "#", "!x"),
        *("a" * 64, "a" * 300, "ab" * 40, "x" * 5000, "seed1", "dictionary", "null", "true", "01", "1e5", "NaN", "inf"),
        *("student", "e5", "medical", "icd10", "hidden_cosine", "normalise", "options", "name", "__class__", "weight"),
    ]
)
WHOLE = (0, -1, 1, 2, 2**31, 2**63 - 1, 2**63, 2**64, -(2**64), 10**400)
NUMBERS = st.sampled_from([*WHOLE, 0.5, -0.0, 1.5, 5e-324, 1e308, *map(float, ("inf", "-inf", "nan")), True, False])
DAY = datetime.date(2026, 11, 1)
ODD = st.sampled_from([None, CIRCLE, DEEP, [], {}, [[]], [{}], (1, 2), {1, 2}, b"x", object, DAY, 1j])
KEYS = NAMES | st.sampled_from([1, None, True, 2.5, (1,), DAY])
SCALARS = NAMES | NUMBERS | ODD
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
PIECES = (
    *(b"\x00", b"\xe9", b"\xff\xfe", b"\xef\xbb\xbf", b"\t", b"\r", b"\n", b"\xc2\x85", b"{", b"[", b"]", b"}", b": "),
    *(b"- ", b"&a ", b"*a", b"<<: *student\n", b"!!python/name:os.system ", b"!x ", b"---\n", b"? ", b"#", b"%", b"@"),
    *(b"'", b'"', b"|", b">", b"`", b"~", b".inf", b"2026-11-01", b"1:30", b"0x1F", b"010", b"[" * 2000, b"x" * 3000),
)
PLAIN = NAMES | st.integers(-99, 99) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value within `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key)
        yield from places(each, (*path, key))


@st.composite
def changed_experiments(draw: st.DrawFn) -> Any:
    """Take a shipped experiment, and change it in a few places."""
    content = copy.deepcopy(draw(st.sampled_from(CONTENTS)))
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(list(places(content)) or [("name",)]))
        inner = content
        for step in path:
            inner = inner[step]
        how = draw(st.sampled_from(["set", "set", "set", "remove", "rename", "add", "twice", "wrap"]))
        if how == "remove":
            del inner[last]
        elif how == "rename" and isinstance(inner, dict):
            inner[draw(NAMES)] = inner.pop(last)
        elif how == "twice" and isinstance(inner, list):
            inner.append(copy.deepcopy(inner[last]))
        elif how == "add" and isinstance(inner, dict):
            inner[draw(NAMES)] = copy.deepcopy(draw(VALUES))
        elif how == "wrap":
            inner[last] = draw(st.sampled_from([[inner[last]], {"a": inner[last]}, str(inner[last])]))
        else:
            inner[last] = copy.deepcopy(draw(VALUES))
        with suppress(RecursionError):
            if len(list(places(content))) > 5000:
                break
            continue
        break
    return content


def check_whole(experiment: Experiment) -> None:
    """What is read is planned, and is the same when it is handed on to a job."""
    plan = Plan(experiment)
    handed_on = load_experiment(experiment.model_dump_json(exclude_unset=True))
    assert Plan(handed_on).report.fingerprint == plan.report.fingerprint
    for artifact in plan.values():
        assert max(len(part.encode()) for part in artifact.manifest.parts) <= 255
        assert len(f"rule_{artifact.stage}_{artifact.name.replace('/', '_')}_0123456789abcdef".encode()) <= 255
        read = type(artifact.settings).model_validate_json(artifact.settings.model_dump_json())
        assert read == artifact.settings, f"a job reads other settings of {artifact.name} than were planned"
    with suppress(UserError):
        check_before_running(plan)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(content=changed_experiments())
def test_an_experiment_changed_anywhere_is_read_or_refused(content: Any) -> None:
    with suppress(UserError):
        check_whole(read_experiment(content, folder=Path("/nowhere")))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(content=VALUES)
def test_anything_in_place_of_an_experiment_is_refused(content: Any) -> None:
    with pytest.raises(UserError):
        read_experiment(content)


@st.composite
def changed_files(draw: st.DrawFn) -> bytes:
    """Take the file of a shipped experiment, and change some of its bytes or lines."""
    content = draw(st.sampled_from(list(SHIPPED.values()))).encode()
    pieces = st.sampled_from(PIECES) | st.binary(max_size=4)
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(content)))
        end = begin + draw(st.sampled_from([0, 0, 1, 2, 10, 200]))
        content = content[:begin] + draw(pieces) + content[end:]
    return content


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(content=changed_files() | st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode()))
def test_any_bytes_in_the_file_of_an_experiment_are_read_or_refused(content: bytes, tmp_path_factory: Any) -> None:
    file = tmp_path_factory.getbasetemp() / "hostile.yaml"
    file.write_bytes(content)
    with suppress(UserError):
        check_whole(load_experiment(str(file)))


@given(name=st.text(max_size=300) | NAMES)
def test_any_name_of_an_experiment_is_found_or_refused(name: str) -> None:
    with suppress(UserError):
        load_experiment(name)


@given(
    content=st.recursive(
        PLAIN,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner),
        max_leaves=9,
    )
)
def test_what_yaml_writes_is_read_as_it_was(content: Any) -> None:
    try:
        text = yaml.safe_dump(content, allow_unicode=False)
    except yaml.YAMLError:
        return
    with suppress(UserError):
        assert parse_yaml(text, "here").content == content
