"""The digest of a stage's code moves with what runs, and with nothing else."""

import textwrap

import pytest

from alambic.errors import UserError
from alambic.planning import source_digest
from alambic.planning.source_digest import combined, source_digests

BASE = '''
"""Module."""
from alambic import inner

def run(x: int) -> int:
    """Double."""
    # a comment
    return inner.twice(x)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make a package of two modules, and forget what was parsed before."""
    folder = tmp_path / "alambic"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text("def twice(x):\n    return 2 * x\n")
    (folder / "stage.py").write_text(BASE)
    monkeypatch.setattr(source_digest, "ROOT", tmp_path)
    return folder


def digest(module: str = "alambic.stage") -> str:
    source_digest._sources.cache_clear()
    found = combined(source_digests([module]))
    source_digest._sources.cache_clear()
    return found


@pytest.mark.parametrize(
    "edited",
    [
        BASE.replace("# a comment", "# another comment"),
        BASE.replace('"""Double."""', '"""Give the double."""'),
        BASE.replace('    """Double."""\n', ""),
        BASE.replace('"""Module."""', ""),
        BASE.replace("inner.twice(x)", "inner.twice(\n        x,\n    )"),
    ],
)
def test_what_does_not_run_does_not_count(package, edited):
    before = digest()
    (package / "stage.py").write_text(edited)
    assert digest() == before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("stage.py", BASE.replace("inner.twice(x)", "inner.twice(x) + 1")),
        ("inner.py", "def twice(x):\n    return x + x\n"),
        ("stage.py", BASE.replace("def run(x: int)", "def run(x: int = 0)")),
    ],
)
def test_what_runs_counts_also_when_it_is_imported(package, file, text):
    before = digest()
    (package / file).write_text(text)
    assert digest() != before


def test_another_module_does_not_count(package):
    before = digest()
    (package / "unused.py").write_text("x = 1\n")
    assert digest() == before


def test_relative_imports_are_refused(package):
    (package / "stage.py").write_text(textwrap.dedent("from . import inner\n"))
    with pytest.raises(UserError, match="relative import"):
        digest()


PARTS = '''
"""Module."""
from alambic import inner, other
from alambic.third import LIMIT as MOST

METRICS = ("accuracy",)
SHORT, LONG = 1, 2
table = {}

def scored(x):
    return [_kept(y) for y in x]

def _kept(y):
    return y[:LONG] if inner.twice(1) else MOST

def load(x, labels=METRICS):
    return other.all_of(x, labels)
'''


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("parts.py", '("accuracy",)', '("f1",)', False),
        ("parts.py", "other.all_of(x, labels)", "None", False),
        ("parts.py", "table = {}", "table = {1: 2}", False),
        ("parts.py", "y[:LONG]", "y[LONG:]", True),
        ("parts.py", "SHORT, LONG = 1, 2", "SHORT, LONG = 1, 3", True),
        ("parts.py", "_kept(y) for y in x", "_kept(y) for y in x if y", True),
        ("parts.py", "table = {}", "table = {}\nprint(1)", True),
        ("inner.py", "2 * x", "x + x", True),
        ("third.py", "9", "10", True),
        ("other.py", "return x", "return labels", False),
    ],
)
def test_of_a_function_only_what_it_reaches_counts(package, file, old, new, counts):
    (package / "parts.py").write_text(PARTS)
    (package / "third.py").write_text("LIMIT = 9\n")
    (package / "other.py").write_text("def all_of(x, labels):\n    return x\n")
    before = digest("alambic.parts:scored"), digest("alambic.parts")
    text = (package / file).read_text()
    assert old in text
    (package / file).write_text(text.replace(old, new))
    assert (digest("alambic.parts:scored") != before[0]) == counts
    assert digest("alambic.parts") != before[1]
